"""How time and memory grow with the rows and the columns, measured, and what they would be at another size."""

from harness.scaling.family import Family, Growth, Prediction, growths, sweeps_sizes, values_of_rounds
from harness.scaling.law import FEWEST, Law, Point, fit_law
from harness.scaling.rates import Achieved, achieved

__all__ = [
    "FEWEST", "Achieved", "Family", "Growth", "Law", "Point", "Prediction", "achieved", "fit_law", "growths",
    "sweeps_sizes", "values_of_rounds",
]  # fmt: skip
