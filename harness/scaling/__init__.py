"""Measured growth of time and memory with rows and columns, and predictions for other sizes."""

from harness.scaling.family import Family, Growth, Prediction, growths, sweeps_sizes, values_of_rounds
from harness.scaling.law import FEWEST, Law, Point, fit_law
from harness.scaling.rates import Achieved, achieved

__all__ = [
    "FEWEST", "Achieved", "Family", "Growth", "Law", "Point", "Prediction", "achieved", "fit_law", "growths",
    "sweeps_sizes", "values_of_rounds",
]  # fmt: skip
