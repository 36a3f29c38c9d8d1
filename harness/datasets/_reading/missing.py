"""Handles rows with missing values: drops them, refuses them, or fills in the column's mean, and counts them."""

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
    """The rows that are used, and the columns of numbers, filled where the policy says so."""

    index: NDArray[np.intp]
    """The rows used, ascending."""
    rows: Rows
    values: Mapping[str, NDArray[np.float64]]
    """Columns of numbers, by name, with all rows of the file."""

    def rows_of(self, name: str) -> NDArray[np.float64]:
        """A column of numbers, in the rows used."""
        return self.values[name][self.index]


def kept_rows(grid: Grid, columns: Sequence[Numbers | Levels], needed: frozenset[str], policy: Missing) -> Kept:
    """Decide which rows are used.

    Parameters
    ----------
    columns : sequence of Numbers or Levels
        The columns of the problem.
    needed : frozenset of str
        Columns that are never filled: the target and the weights.
    policy : {"drop", "error", "mean"}

    Raises
    ------
    DatasetError
        When a value is missing and the policy is "error", or a category would have to be filled.
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
