"""Finds a last row that sums up the others."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from harness.datasets._reading.categories import Levels
from harness.datasets._reading.columns import Numbers
from harness.datasets._reading.grid import Grid

LABELS = {"total", "totals", "grand total", "sum", "mean", "average"}
"""Labels of such rows, in lower case."""


def totals(grid: Grid, columns: Sequence[Numbers | Levels]) -> str:
    """A note on a file's last row that is called a total, or holds the sums of all columns; else ""."""
    for first, end in pairwise([*(start for start, _ in grid.parts or ((0, ""),)), len(grid)]):
        called = [each.labels[end - 1] or "" for each in columns if isinstance(each, Levels) and end - first > 1]
        numbers = [each.values[first:end] for each in columns if isinstance(each, Numbers)]
        if named := [label for label in called if label.lower() in LABELS]:
            what = f"is called {named[0]!r}"
        elif end - first > 3 and numbers and all(map(_ends_in_its_sum, numbers)):
            what = "holds the sums of the rows above it"
        else:
            continue
        return f"{grid.where(end - 1)} {what}; a total? skip_last = 1 leaves it out (text, workbooks)"
    return ""


def _ends_in_its_sum(values: NDArray[np.float64]) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):  # a sum that overflows is close to no number
        return bool(values[-1]) and bool(np.isclose(values[:-1].sum(), values[-1]))
