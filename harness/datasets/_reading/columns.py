"""A column of a file as numbers, or as the levels of a category: what it holds decides, and the decision is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.datasets._reading.booleans import Booleans, booleans
from harness.datasets._reading.dates import Dated, dated
from harness.datasets._reading.decimals import (
    SHORTEST_ROUNDED,
    Scaled,
    is_decimal,
    plain_floats,
    scaled,
    scaled_fractions,
)
from harness.datasets._reading.grid import JOINT, Grid, Texts, Values, shown
from harness.datasets._reading.how import How
from harness.datasets._reading.looks import looks_like_a_value, looks_nearly_numeric
from harness.datasets._reading.markers import Markers, suspects
from harness.datasets._reading.notation import Ambiguous, Convention, Notated, notated
from harness.errors import DatasetError

__all__ = ["Exact", "Levels", "Numbers", "Unreadable", "doubted", "parsed"]

MOST_LEVELS = 50
"""Of a category; a column of more different texts is not taken for one."""

MOST_KEPT = 500_000
"""Decimals of a column that are kept for an exact solution."""

Exact = Callable[[NDArray[np.intp]], Scaled | None]
"""Gives some rows of a column exactly as the file has them."""


class Unreadable(DatasetError):
    """A column that is neither numbers nor a category: a column nobody asked for is left out then."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column of numbers.

    Attributes
    ----------
    name : str
    values : ndarray of shape (n_rows,)
        Float64, each the nearest to what the file has; NaN where it has none.
    exact : callable or None
        None where too many are there to be solved exactly.
    binary : bool
        Whether the file holds the very float64, so that reading lost nothing.
    shows_comma, plain : bool
        Whether it certainly has decimal commas; whether all of it are plain decimals.
    said : tuple of str
    """

    name: str
    values: NDArray[np.float64]
    exact: Exact | None
    said: tuple[str, ...] = ()
    binary: bool = False
    shows_comma: bool = False
    plain: bool = False


@dataclass(frozen=True, eq=False)
class Levels:
    """A column of categories.

    Attributes
    ----------
    name : str
    labels : tuple of (str or None)
        One a row; None where the file has none.
    levels : tuple of str
        The different ones, sorted; the first is the baseline.
    """

    name: str
    labels: tuple[str | None, ...]
    levels: tuple[str, ...]
    said: tuple[str, ...] = ()


def parsed(grid: Grid, name: str, how: How, markers: Markers, *, asked: bool = False) -> Numbers | Levels:
    """The column of that name.

    Parameters
    ----------
    grid : Grid
    name : str
    how : How
    markers : Markers
    asked : bool
        Whether somebody named the column, so that texts are taken for a category as soon as one of them stands twice.

    Raises
    ------
    DatasetError
        When it can be read in more than one way (the message asks), or, as `Unreadable`, when it is not numbers.
    """
    column = grid.columns[grid.position(name)]
    found = (
        _binary(name, column, markers)
        if isinstance(column, Values)
        else _textual(grid, name, column, how, markers, asked)
    )
    if not isinstance(found, Numbers):
        return found
    _check_finite(grid, found, column)
    said = found.said
    if big := _integers_that_round(found, column):
        said = (*said, big)
    if suspect := suspects(found.values):
        said = (*said, suspect)
    return Numbers(name, found.values, found.exact, said, found.binary, found.shows_comma, found.plain)


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
    if column.numeric:
        how = replace(how, decimal="auto", thousands="auto")
    if how.decimal != "," and how.thousands in ("auto", "none", ",", " ", "'") and not markers.are_numbers:
        fast = [plain_floats(block, JOINT) for block in column.blocks]
        if None not in fast:
            values = np.array([each for block in fast if block is not None for each in block], dtype=np.float64)
            return Numbers(name, values, _decimals(column.blocks, len(values)), plain=True)
    texts = list(column)
    there = np.array([not markers.mean(text) for text in texts], dtype=bool)
    known = [text for text, kept in zip(texts, there, strict=True) if kept]
    said = markers.said([text for text, kept in zip(texts, there, strict=True) if not kept])
    lead = (said,) if said else ()
    read = _numbers(grid, name, known, how)
    if read is not None:
        return _placed(name, read, there, lead)
    return _levels(grid, name, texts, there, how, lead, asked)


@dataclass(frozen=True, eq=False)
class _Read:
    """The values that are there, as decimals or as fractions."""

    texts: Sequence[str] | None
    fractions: Sequence[Fraction] | None
    said: tuple[str, ...] = ()
    shows_comma: bool = False
    plain: bool = False


def _numbers(grid: Grid, name: str, known: Sequence[str], how: How) -> _Read | None:
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
                return _Read(found.texts, None, found.said, found.shows_comma, plain)
    return None


def _placed(name: str, read: _Read, there: NDArray[np.bool_], lead: tuple[str, ...]) -> Numbers:
    """What was read, put into the rows where it stands."""
    values = np.full(len(there), np.nan)
    source: Sequence[Any] = read.texts if read.texts is not None else read.fractions or ()
    values[there] = [float(each) for each in source]
    place = np.cumsum(there) - 1

    def exact(rows: NDArray[np.intp]) -> Scaled | None:
        kept = [source[i] for i in place[rows].tolist()]
        return scaled(kept) if read.texts is not None else scaled_fractions(kept)

    kept = exact if len(there) <= MOST_KEPT else None
    return Numbers(name, values, kept, (*lead, *read.said), shows_comma=read.shows_comma, plain=read.plain)


def _decimals(blocks: Sequence[str], count: int) -> Exact | None:
    if count > MOST_KEPT:
        return None

    def exact(rows: NDArray[np.intp]) -> Scaled | None:
        texts = [text for block in blocks for text in block.split(JOINT)]
        return scaled([texts[i] for i in rows.tolist()])

    return exact


def _levels(
    grid: Grid,
    name: str,
    texts: Sequence[str],
    there: NDArray[np.bool_],
    how: How,
    lead: tuple[str, ...],
    asked: bool,
) -> Levels:
    known = [text for text, kept in zip(texts, there, strict=True) if kept]
    levels = tuple(sorted(set(known)))
    rows = np.flatnonzero(there).tolist()
    if (
        odd := _not_a_category(grid, texts, rows, how, len(levels), len(rows) - 1 if asked else len(rows) // 2)
    ) is not None:
        raise Unreadable(f"{grid.source}: column {name!r} {odd}")
    shown_levels = ", ".join(each[:40] for each in levels[:4]) + (", …" if len(levels) > 4 else "")
    labels = tuple(text if kept else None for text, kept in zip(texts, there, strict=True))
    said = f"a category of {len(levels)} levels ({shown_levels}), of which {levels[0][:40]} is the baseline"
    return Levels(name, labels, levels, (*lead, said))


def _not_a_category(
    grid: Grid, texts: Sequence[str], rows: Sequence[int], how: How, levels: int, most: int
) -> str | None:
    """Why a column of texts is not one; None where it is."""
    if levels > 10 * MOST_LEVELS:
        return f"holds {levels} different texts, wanted a category of at most {10 * MOST_LEVELS}; leave it out"
    if levels < 2:
        return f"holds nothing but {shown(texts[rows[0]])}, wanted numbers, or a category of two levels at least"
    return None if how.categories == "dummies" else _no_levels(grid, texts, rows, how, levels, most)


def _no_levels(grid: Grid, texts: Sequence[str], rows: Sequence[int], how: How, levels: int, most: int) -> str | None:
    """Why texts do not look like a category's levels; None where they do."""
    others = [i for i in rows if not looks_like_a_value(texts[i])]
    if not others:
        where = f"{shown(texts[rows[0]])} in {grid.where(rows[0])}"
        return f"holds {where} and others that no one notation reads; set decimal, thousands or dates"
    nearly = next((i for i in rows if looks_nearly_numeric(texts[i])), None)
    if how.categories == "error" or nearly is not None:
        row = nearly if nearly in others else others[0]
        return f"holds {shown(texts[row])} in {grid.where(row)}, wanted numbers"
    if levels > min(MOST_LEVELS, most):
        return (
            f"holds {shown(texts[rows[0]])} in {grid.where(rows[0])}, one of {levels} different texts, wanted numbers; "
            'leave it out, or set categories = "dummies"'
        )
    return None


def _check_finite(grid: Grid, found: Numbers, column: Texts | Values) -> None:
    bad = np.flatnonzero(np.isinf(found.values))
    if not len(bad):
        return
    row = int(bad[0])
    text = list(column)[row] if isinstance(column, Texts) else str(column.array[row])
    raise DatasetError(
        f"{grid.source}: column {found.name!r} holds {shown(text)} in {grid.where(row)}, "
        "wanted a number within float64's range"
    )


def _integers_that_round(found: Numbers, column: Texts | Values) -> str:
    """How many integers above 2**53 float64 does not hold; "" for none."""
    big = np.flatnonzero(np.abs(found.values) >= SHORTEST_ROUNDED)
    if not len(big):
        return ""
    holds = list(column) if isinstance(column, Texts) else column.array.tolist()
    count = sum(_rounds(holds[i], float(found.values[i])) for i in big.tolist())
    return f"{count} integers above 2**53 are rounded to the nearest that float64 has" if count else ""


def _rounds(held: object, value: float) -> bool:
    if isinstance(held, str):
        digits = held.lstrip("+-")
        return len(digits) < 400 and digits.isascii() and digits.isdecimal() and int(held) != int(value)
    return isinstance(held, int) and held != int(value)


def doubted(grid: Grid, columns: Sequence[Numbers], how: How) -> None:
    """Ask about plain decimals that may have points between thousands, in a file that speaks for decimal commas.

    Raises
    ------
    DatasetError
        Which asks.
    """
    comma = any(each.shows_comma for each in columns) or grid.hints_comma
    if not comma or how.decimal != "auto" or how.thousands != "auto" or grid.word != "line":
        return
    plain = {each.name: _pointed(grid, each.name) for each in columns if each.plain}
    questions = {name: notated(texts, how, plain_too=True) for name, texts in plain.items() if texts}
    clear = any(not isinstance(found, Ambiguous) for found in questions.values())
    if clear and not any(each.shows_comma for each in columns):
        return  # another column shows what a point means in this file
    for name, found in questions.items():
        if isinstance(found, Ambiguous):
            raise DatasetError(f"{grid.source}: column {name!r} {found.question}")


def _pointed(grid: Grid, name: str) -> list[str]:
    """The numbers of a column that have a point, without an exponent."""
    column = grid.columns[grid.position(name)]
    if not isinstance(column, Texts):
        return []
    pointed = (text for text in column if "." in text and looks_like_a_value(text) and "e" not in text.lower())
    return list(dict.fromkeys(pointed))[:1000]
