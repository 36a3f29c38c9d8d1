"""Trends over all stored runs, and the steps in them.

A case's ratio in a run is the lower quartile of a round's samples over that of the control kernel in the same process,
as a geometric mean over rounds. Effects of the machine on both cancel, even between machines as far as the two kernels
are alike. Runs over other data, or with another number of threads, form series of their own.

A history may also be over the commits of one library, from any runs. Known causes of steps are kept in the folder of
results, and shown with the steps.
"""

from harness.history.annotations import Annotation, annotate, annotations
from harness.history.points import History, LibrarySummary, Place, Point, Quantity, RunSummary, Series, Skipped, Step
from harness.history.series import history

__all__ = [
    "Annotation",
    "History",
    "LibrarySummary",
    "Place",
    "Point",
    "Quantity",
    "RunSummary",
    "Series",
    "Skipped",
    "Step",
    "annotate",
    "annotations",
    "history",
]
