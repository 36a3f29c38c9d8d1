"""Columns of the design matrix: a column of numbers is one, a category one for each level but the first."""

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
    """Of rows of the file, as `columns.Numbers` has it."""
    binary: bool = False
    why_not: str = ""
    """One of ``""``, ``"size"``, ``"computed"``. Why it is not exact."""


def as_columns(column: Numbers | Levels, kept: Kept) -> list[Column]:
    """The design's columns that a column of the file becomes; a level is named as formulas name it, ``town[T.b]``."""
    if isinstance(column, Numbers):
        why = "" if column.exact else "size"
        values = kept.rows_of(column.name)
        return [Column(column.name, values, column.exact, column.binary, why)]
    labels = np.array(column.labels, dtype=object)[kept.index]
    used = sorted({str(label) for label in labels})
    return [dummy(f"{column.name}[T.{level}]", np.equal(labels, level).astype(np.float64), kept) for level in used[1:]]


def dummy(name: str, values: NDArray[np.float64], kept: Kept) -> Column:
    """A column of ones and zeros, which are exact whatever the file."""
    place = np.zeros(kept.rows.read, dtype=np.intp)
    place[kept.index] = np.arange(len(kept.index))
    whole = values.astype(int)

    def exact(rows: NDArray[np.intp]) -> Scaled:
        return Scaled(whole[place[rows]].tolist(), Fraction(1))

    return Column(name, values, exact, binary=True)
