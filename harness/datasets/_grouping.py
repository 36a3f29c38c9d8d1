"""Many small problems from one table: groups of rows, and rolling windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from harness.errors import DatasetError

Groups = int | str | tuple[str, ...]
Window = int | Literal["none"]

NONE = "none"

MOST_FITS = 1 << 20


LONGEST_NAME = 60
"""Most characters of a group's name."""


@dataclass(frozen=True, eq=False)
class Keys:
    """The group of each row, by columns of the source."""

    numbers: NDArray[np.int64]
    """Of shape (n_rows,). Group numbers, from 0."""
    names: tuple[str, ...]
    """The name of each group: ``town=Rome, year=2024``."""


@dataclass(frozen=True, eq=False)
class Grouping:
    """How the rows of a table form problems."""

    order: NDArray[np.intp] | None = None
    """Of shape (n_rows,). A permutation that makes groups contiguous; None if they already are."""
    ranges: NDArray[np.int64] | None = None
    """Of shape (n_problems, 2). The first row of each problem, and one beyond its last, after ``order``; None if the
    rows form one problem."""
    names: NDArray[np.str_] | None = None
    """Of shape (n_problems,). The name of each problem's group; None unless columns define the groups."""


def check_grouping(groups: Groups, window: Window, rows: int | None, *, named: bool) -> None:
    """Check that the options can form problems.

    Parameters
    ----------
    groups, window
        As in `harness.datasets.base.Dataset`.
    rows : int or None
        The number of rows, if the options determine it.
    named : bool
        Whether the source has columns to group by.

    Raises
    ------
    ValueError
        When they cannot. The message begins with the option.
    """
    if isinstance(groups, int) and groups < 1:
        raise ValueError(f"groups: got {groups}, wanted at least 1")
    if not isinstance(groups, int) and groups != NONE and not named:
        raise ValueError(f"groups: got {groups!r}, wanted a number: the dataset has no columns to group by")
    if groups == ():
        raise ValueError("groups: got an empty list, wanted a number or names of columns")
    if rows is not None and isinstance(groups, int) and groups > rows:
        raise ValueError(f"groups: got {groups}, wanted at most the {rows} rows that there are")
    if rows is not None and isinstance(window, int) and groups == NONE and window > rows:
        raise ValueError(f"window: got {window}, wanted at most the {rows} rows that there are")


def group_columns(groups: Groups) -> tuple[str, ...]:
    """The columns that rows are grouped by; empty for a number of groups, or without groups."""
    if isinstance(groups, int) or groups == NONE:
        return ()
    return (groups,) if isinstance(groups, str) else groups


def grouping(groups: Groups, window: Window, rows: int, keys: Keys | None) -> Grouping:
    """How rows form problems.

    Parameters
    ----------
    groups, window
        As in `harness.datasets.base.Dataset`.
    keys : Keys or None
        Each row's group, if columns define the groups.

    Raises
    ------
    DatasetError
        When there are fewer rows than groups, a group has fewer than the window, or there are too many problems.
    """
    if groups == NONE and window == NONE:
        return Grouping()
    order, ranges = _groups(groups, rows, None if keys is None else keys.numbers)
    names = None if keys is None else np.array(keys.names)
    if isinstance(window, int):
        names = None if names is None else np.repeat(names, ranges[:, 1] - ranges[:, 0] - window + 1)
        ranges = _windows(ranges, window)
    if len(ranges) > MOST_FITS:
        raise DatasetError(f"groups and window make {len(ranges):,} problems, wanted at most {MOST_FITS:,}")
    ranges.flags.writeable = False
    return Grouping(order, ranges, names)


def _groups(
    groups: Groups, rows: int, keys: NDArray[np.int64] | None
) -> tuple[NDArray[np.intp] | None, NDArray[np.int64]]:
    if groups == NONE:
        return None, np.array([[0, rows]], dtype=np.int64)
    if keys is None:
        count = int(groups) if isinstance(groups, int) else 1
        if count > rows:
            raise DatasetError(f"groups: got {count}, wanted at most the {rows} rows that there are")
        ends = (np.arange(count + 1, dtype=np.int64) * rows) // count
        return None, np.column_stack([ends[:-1], ends[1:]])
    order = np.argsort(keys, kind="stable")
    ends = np.cumsum(np.bincount(keys)).astype(np.int64)
    return order, np.column_stack([np.concatenate([[0], ends[:-1]]), ends])


def _windows(ranges: NDArray[np.int64], window: int) -> NDArray[np.int64]:
    lengths = ranges[:, 1] - ranges[:, 0]
    if (short := int(lengths.min())) < window:
        where = "rows that there are" if len(ranges) == 1 else "rows of the shortest group"
        raise DatasetError(f"window: got {window}, wanted at most the {short} {where}")
    first = np.concatenate([np.arange(start, stop - window + 1) for start, stop in ranges.tolist()])
    return np.column_stack([first, first + window])


def keys_of(columns: Mapping[str, Sequence[object]]) -> Keys:
    """Groups of rows with equal values in all columns, numbered from 0 by first appearance.

    Parameters
    ----------
    columns : mapping of str to sequence
        The values of the rows, by column.
    """
    seen: dict[tuple[object, ...], int] = {}
    numbers = [seen.setdefault(key, len(seen)) for key in zip(*columns.values(), strict=True)]
    return Keys(np.array(numbers, dtype=np.int64), tuple(_name(dict(zip(columns, key, strict=True))) for key in seen))


def _name(key: Mapping[str, object]) -> str:
    whole = ", ".join(f"{column}={value}" for column, value in key.items())
    return whole if len(whole) <= LONGEST_NAME else f"{whole[: LONGEST_NAME - 1]}…"
