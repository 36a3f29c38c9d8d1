"""Trends over all stored runs, and the steps in them.

A case's ratio in a run is the lower quartile of a round's samples over that of the control kernel in the same
process, averaged geometrically over rounds: what the machine does to both cancels, on another machine too, as far as
the two kernels are alike. Runs over other data or with another number of threads make series of their own.
"""

from harness.history.points import History, Point, Quantity, RunSummary, Series, Skipped, Step
from harness.history.series import history

__all__ = ["History", "Point", "Quantity", "RunSummary", "Series", "Skipped", "Step", "history"]
