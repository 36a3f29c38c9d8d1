"""Rows in which a value is missing: left out, refused, or filled by the column's mean; always counted."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.datasets._reading.categories import Levels
from harness.datasets._reading.columns import Numbers
from harness.datasets._reading.grid import Grid
from harness.datasets._reading.how import Missing
from harness.datasets._rows import LeftOut, Rows
from harness.errors import DatasetError


@dataclass(frozen=True, eq=False)
class Kept:
    """Which rows are used, and the columns of all rows, gaps filled where that was asked for."""

    index: NDArray[np.intp]
    """The rows used, rising."""
    rows: Rows
    values: Mapping[str, NDArray[np.float64]]
    """Float64, of the columns that are numbers."""

    def rows_of(self, name: str) -> NDArray[np.float64]:
        """The rows used of a column of numbers."""
        return self.values[name][self.index]


def kept_rows(grid: Grid, columns: Sequence[Numbers | Levels], needed: frozenset[str], policy: Missing) -> Kept:
    """Decide which rows are used.

    Parameters
    ----------
    columns : sequence of Numbers or Levels
        Those the problem is made of.
    needed : frozenset of str
        Columns whose gaps are never filled: the target and the weights.
    policy : {"drop", "error", "mean"}

    Raises
    ------
    DatasetError
        When a value is missing and the policy is to refuse, or a column of categories has gaps to fill.
    """
    gaps = {each.name: _gaps(each) for each in columns}
    missing = {name: int(np.count_nonzero(gap)) for name, gap in gaps.items() if gap.any()}
    if policy == "error" and missing:
        name = next(iter(missing))
        where = grid.where(int(np.flatnonzero(gaps[name])[0]))
        raise DatasetError(
            f"{grid.source}: column {name!r} has no value in {where} ({missing[name]} in all); "
            'missing = "drop" leaves such rows out'
        )
    values = {each.name: each.values for each in columns if isinstance(each, Numbers)}
    filled: list[LeftOut] = []
    if policy == "mean":
        for name in missing.keys() - needed:
            if name not in values:
                raise DatasetError(
                    f'{grid.source}: column {name!r} has categories, which have no mean; set missing = "drop"'
                )
        for name in [each for each in missing if each not in needed]:
            values[name] = _filled(values[name], gaps[name])
            filled.append(LeftOut(name, missing.pop(name)))
    out = np.zeros(len(grid), dtype=bool)
    for name in missing:
        out |= gaps[name]
    index = np.flatnonzero(~out)
    left = tuple(LeftOut(name, count) for name, count in missing.items())
    return Kept(index, Rows(len(grid), len(index), left, tuple(filled)), values)


def _gaps(column: Numbers | Levels) -> NDArray[np.bool_]:
    if isinstance(column, Numbers):
        return np.isnan(column.values)
    return np.array([label is None for label in column.labels], dtype=bool)


def _filled(values: NDArray[np.float64], gap: NDArray[np.bool_]) -> NDArray[np.float64]:
    known = values[~gap]
    out = values.copy()
    out[gap] = math.fsum(known / len(known)) if len(known) else np.nan
    return out
