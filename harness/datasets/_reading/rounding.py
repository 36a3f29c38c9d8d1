"""Refuses numbers beyond float64's range, and counts integers that it rounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.datasets._reading.decimals import SHORTEST_ROUNDED
from harness.datasets._reading.grid import Grid, Texts, Values, shown
from harness.errors import DatasetError


def check_finite(grid: Grid, name: str, values: NDArray[np.float64], column: Texts | Values) -> None:
    """Check that every number is within float64's range.

    Raises
    ------
    DatasetError
        When one is not.
    """
    bad = np.flatnonzero(np.isinf(values))
    if not len(bad):
        return
    row = int(bad[0])
    text = list(column)[row] if isinstance(column, Texts) else str(column.array[row])
    raise DatasetError(
        f"{grid.source}: column {name!r} holds {shown(text)} in {grid.where(row)}, "
        "wanted a number within float64's range"
    )


def integers_that_round(values: NDArray[np.float64], column: Texts | Values) -> str:
    """A note on integers above 2**53 that float64 does not hold; "" for none."""
    big = np.flatnonzero(np.abs(values) >= SHORTEST_ROUNDED)
    if not len(big):
        return ""
    holds = list(column) if isinstance(column, Texts) else column.array.tolist()
    count = sum(_rounds(holds[i], float(values[i])) for i in big.tolist())
    return f"{count} integers above 2**53 are rounded to the nearest float64" if count else ""


def _rounds(held: object, value: float) -> bool:
    if isinstance(held, str):
        digits = held.lstrip("+-")
        return len(digits) < 400 and digits.isascii() and digits.isdecimal() and int(held) != int(value)
    return isinstance(held, int) and held != int(value)
