"""How time and memory grow with the rows and the columns, measured, and what they would be at another size."""

from harness.scaling.family import Family, Growth, Prediction, growths, values_of_rounds
from harness.scaling.law import FEWEST, Law, Point, fit_law

__all__ = ["FEWEST", "Family", "Growth", "Law", "Point", "Prediction", "fit_law", "growths", "values_of_rounds"]
