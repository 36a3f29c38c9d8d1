"""Columns of the design matrix: one for a column of numbers, one for each level but the first of a category."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from harness.datasets._reading.categories import Levels
from harness.datasets._reading.columns import Exact, Numbers
from harness.datasets._reading.decimals import Scaled
from harness.datasets._reading.missing import Kept


@dataclass(frozen=True, eq=False)
class Column:
    """A column of the design, or the target."""

    name: str
    values: NDArray[np.float64]
    """Of shape (n_rows_used,)."""
    exact: Exact | None
    """By row of the file, as in `columns.Numbers`."""
    binary: bool = False
    why_not: str = ""
    """Why it is not exact: ``"size"``, or ``""``."""


def as_columns(column: Numbers | Levels, kept: Kept) -> list[Column]:
    """The design's columns for a column of the file; a level is named as in formulas, ``town[T.b]``."""
    if isinstance(column, Numbers):
        why = "" if column.exact else "size"
        values = kept.rows_of(column.name)
        return [Column(column.name, values, column.exact, column.binary, why)]
    labels = np.array(column.labels, dtype=object)[kept.index]
    used = sorted({str(label) for label in labels})
    return [dummy(f"{column.name}[T.{level}]", np.equal(labels, level).astype(np.float64), kept) for level in used[1:]]


def dummy(name: str, values: NDArray[np.float64], kept: Kept) -> Column:
    """A column of zeros and ones, which is always exact."""
    place = np.zeros(kept.rows.read, dtype=np.intp)
    place[kept.index] = np.arange(len(kept.index))
    whole = values.astype(int)

    def exact(rows: NDArray[np.intp]) -> Scaled:
        return Scaled(whole[place[rows]].tolist(), Fraction(1))

    return Column(name, values, exact, binary=True)
