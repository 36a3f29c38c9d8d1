"""Reads a column as numbers or as a category, by what it holds, and notes the decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.datasets._reading.booleans import Booleans, booleans
from harness.datasets._reading.categories import Levels, levels_of
from harness.datasets._reading.dates import Dated, dated
from harness.datasets._reading.decimals import (
    SHORTEST_ROUNDED,
    Scaled,
    is_decimal,
    plain_floats,
    scaled,
    scaled_fractions,
)
from harness.datasets._reading.grid import JOINT, Grid, Texts, Values
from harness.datasets._reading.how import How
from harness.datasets._reading.markers import Markers, suspects
from harness.datasets._reading.notation import Ambiguous, Convention, Notated, has_unit, notated
from harness.datasets._reading.rounding import check_finite, integers_that_round
from harness.errors import DatasetError

MOST_KEPT = 500_000
"""Rows of a column up to which its decimals are kept for an exact solution."""

Exact = Callable[[NDArray[np.intp]], Scaled | None]
"""Gives the exact values of some rows of a column."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column of numbers."""

    name: str
    values: NDArray[np.float64]
    """Of shape (n_rows,), each the nearest float64 to the file's value; NaN where it is missing."""
    exact: Exact | None
    """None if there are too many for an exact solution."""
    said: tuple[str, ...] = ()
    binary: bool = False
    """Whether the file holds these float64 themselves, so that reading rounded nothing."""
    shows_comma: bool = False
    """Whether it certainly has decimal commas."""
    plain: bool = False
    """Whether all values are plain decimals."""


def parsed(grid: Grid, name: str, how: How, markers: Markers, *, asked: bool = False) -> Numbers | Levels:
    """Read the column of that name.

    Parameters
    ----------
    asked : bool
        Whether the user named the column. Then its texts are a category as soon as one of them repeats.

    Raises
    ------
    DatasetError
        When it can be read in more than one way; the message asks which. As `Unreadable`, when it is neither numbers
        nor a category.
    """
    column = grid.columns[grid.position(name)]
    found = (
        _binary(name, column, markers)
        if isinstance(column, Values)
        else _textual(grid, name, column, how, markers, asked)
    )
    if not isinstance(found, Numbers):
        return found
    check_finite(grid, name, found.values, column)
    said = found.said
    if big := integers_that_round(found.values, column):
        said = (*said, big)
    if suspect := suspects(found.values):
        said = (*said, suspect)
    return replace(found, said=said)


def _binary(name: str, column: Values, markers: Markers) -> Numbers:
    array = column.array
    values = array.astype(np.float64)
    if column.decimal:
        return Numbers(name, values, None, plain=True)
    if markers.are_numbers:
        values[markers.among(values)] = np.nan
    whole = array.dtype.kind in "iu"

    def exact(rows: NDArray[np.intp]) -> Scaled:
        kept = array[rows].tolist()
        return Scaled(kept, Fraction(1)) if whole else scaled_fractions(map(Fraction, kept))

    rounds = whole and len(array) > 0 and float(np.abs(values[np.isfinite(values)]).max(initial=0)) > SHORTEST_ROUNDED
    return Numbers(name, values, exact if len(array) <= MOST_KEPT else None, binary=not rounds)


def _textual(grid: Grid, name: str, column: Texts, how: How, markers: Markers, asked: bool) -> Numbers | Levels:
    if column.typed is not None and column.typed.all():
        how = replace(how, decimal="auto", thousands="auto")
    if how.decimal != "," and how.thousands in ("auto", "none", ",", " ", "'") and not markers.are_numbers:
        fast = [plain_floats(block, JOINT) for block in column.blocks]
        if None not in fast:
            values = np.array([each for block in fast if block is not None for each in block], dtype=np.float64)
            return Numbers(name, values, _decimals(column.blocks, len(values)), plain=True)
    texts = list(column)
    present = np.array([not markers.mean(text) for text in texts], dtype=bool)
    known = [text for text, kept in zip(texts, present, strict=True) if kept]
    said = markers.said([text for text, kept in zip(texts, present, strict=True) if not kept])
    lead = (said,) if said else ()
    typed = None if column.typed is None else column.typed[present]
    read = None if typed is None else _mixed(grid, name, known, typed, how, markers)
    if read is None:
        read = _numbers(grid, name, known, how, markers)
    if read is not None:
        return _placed(name, read, present, lead)
    return levels_of(grid, name, texts, present, how, lead, asked)


@dataclass(frozen=True, eq=False)
class _Read:
    """The values that are not missing, as decimals or as fractions."""

    texts: Sequence[str] | None
    fractions: Sequence[Fraction] | None
    said: tuple[str, ...] = ()
    shows_comma: bool = False
    plain: bool = False


def _numbers(grid: Grid, name: str, known: Sequence[str], how: How, markers: Markers) -> _Read | None:
    if all(map(is_decimal, known)) and how.decimal != "," and how.thousands != ".":
        return _Read(known, None, plain=True)
    for found in (booleans(known), dated(known, how), notated(known, how)):
        match found:
            case Ambiguous():
                raise DatasetError(f"{grid.source}: column {name!r} {found.question}")
            case Booleans():
                return _Read(found.texts, None, (found.said,))
            case Dated():
                return _Read(None, found.days, (found.said,))
            case Notated():
                plain = found.convention == Convention(".", "none")
                return _Read(markers.blanked(found.texts), None, found.said, found.shows_comma, plain)
    return None


def _mixed(
    grid: Grid, name: str, known: Sequence[str], typed: NDArray[np.bool_], how: How, markers: Markers
) -> _Read | None:
    """Read numbers mixed with texts that are numbers; only the texts follow the options. None for other columns."""
    texts = [text for text, is_typed in zip(known, typed, strict=True) if not is_typed]
    numbers = [text for text, is_typed in zip(known, typed, strict=True) if is_typed]
    if not texts or not numbers or not all(map(is_decimal, numbers)) or booleans(texts) or any(map(has_unit, texts)):
        return None
    read = _numbers(grid, name, texts, how, markers)
    if read is None or read.texts is None:
        return None
    found = iter(read.texts)
    merged = [text if is_typed else next(found) for text, is_typed in zip(known, typed, strict=True)]
    return replace(read, texts=merged, plain=False)


def _placed(name: str, read: _Read, present: NDArray[np.bool_], lead: tuple[str, ...]) -> Numbers:
    """The values put into their rows."""
    values = np.full(len(present), np.nan)
    source: Sequence[Any] = read.texts if read.texts is not None else read.fractions or ()
    values[present] = [float(each) for each in source]
    place = np.cumsum(present) - 1

    def exact(rows: NDArray[np.intp]) -> Scaled | None:
        kept = [source[i] for i in place[rows].tolist()]
        return scaled(kept) if read.texts is not None else scaled_fractions(kept)

    kept = exact if len(present) <= MOST_KEPT else None
    return Numbers(name, values, kept, (*lead, *read.said), shows_comma=read.shows_comma, plain=read.plain)


def _decimals(blocks: Sequence[str], count: int) -> Exact | None:
    if count > MOST_KEPT:
        return None

    def exact(rows: NDArray[np.intp]) -> Scaled | None:
        texts = [text for block in blocks for text in block.split(JOINT)]
        return scaled([texts[i] for i in rows.tolist()])

    return exact
