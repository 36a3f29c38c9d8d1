"""Columns of texts that are categories."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.datasets._reading.dates import is_no_date
from harness.datasets._reading.grid import Grid, shown
from harness.datasets._reading.how import How
from harness.datasets._reading.looks import looks_like_a_value, looks_nearly_numeric
from harness.errors import DatasetError

MOST_LEVELS = 50
"""A column with more different texts is not taken for a category."""


class Unreadable(DatasetError):
    """A column that is neither numbers nor a category. It is left out unless the user named it."""


@dataclass(frozen=True, eq=False)
class Levels:
    """A column of categories."""

    name: str
    labels: tuple[str | None, ...]
    """One per row; None where it is missing."""
    levels: tuple[str, ...]
    """The distinct labels, sorted; the first is the baseline."""
    said: tuple[str, ...] = ()


def levels_of(
    grid: Grid,
    name: str,
    texts: Sequence[str],
    present: NDArray[np.bool_],
    how: How,
    lead: tuple[str, ...],
    asked: bool,
) -> Levels:
    known = [text for text, kept in zip(texts, present, strict=True) if kept]
    levels = tuple(sorted(set(known)))
    rows = np.flatnonzero(present).tolist()
    if (
        odd := _not_a_category(grid, texts, rows, how, len(levels), len(rows) - 1 if asked else len(rows) // 2)
    ) is not None:
        raise Unreadable(f"{grid.source}: column {name!r} {odd}")
    shown_levels = ", ".join(each[:40] for each in levels[:4]) + (", …" if len(levels) > 4 else "")
    labels = tuple(text if kept else None for text, kept in zip(texts, present, strict=True))
    said = f"a category of {len(levels)} levels ({shown_levels}), of which {levels[0][:40]} is the baseline"
    return Levels(name, labels, levels, (*lead, said))


def _not_a_category(
    grid: Grid, texts: Sequence[str], rows: Sequence[int], how: How, levels: int, most: int
) -> str | None:
    """Why a column of texts is not a category; None if it is one."""
    if levels > 10 * MOST_LEVELS:
        return f"holds {levels} different texts, wanted a category of at most {10 * MOST_LEVELS}; leave it out"
    if levels < 2:
        return f"holds only {shown(texts[rows[0]])}, wanted numbers, or a category of at least two levels"
    return None if how.categories == "dummies" else _no_levels(grid, texts, rows, how, levels, most)


def _no_levels(grid: Grid, texts: Sequence[str], rows: Sequence[int], how: How, levels: int, most: int) -> str | None:
    """Why texts do not look like the levels of a category; None if they do."""
    others = [i for i in rows if not looks_like_a_value(texts[i])]
    if not others:
        if (bad := next((i for i in rows if is_no_date(texts[i])), None)) is not None:
            return f"holds {shown(texts[bad])} in {grid.where(bad)}, which is no date{_marker_hint([texts[bad]])}"
        where = f"{shown(texts[rows[0]])} in {grid.where(rows[0])}"
        return f"holds {where} and values in other notations; set decimal, thousands or dates"
    nearly = next((i for i in rows if looks_nearly_numeric(texts[i])), None)
    if how.categories == "error" or nearly is not None:
        row = nearly if nearly in others else others[0]
        odd = f"holds {shown(texts[row])} in {grid.where(row)}, wanted numbers"
        marks = [*dict.fromkeys(texts[i] for i in others)]
        if len(others) == len(rows) or len(marks) > 3 or any(looks_nearly_numeric(each) for each in marks):
            return odd
        return odd + _marker_hint(marks)
    if levels > min(MOST_LEVELS, most):
        return (
            f"holds {shown(texts[rows[0]])} in {grid.where(rows[0])}, one of {levels} different texts, wanted numbers; "
            'leave it out, or set categories = "dummies"'
        )
    return None


def _marker_hint(marks: Sequence[str]) -> str:
    return f"; if that means no value, set missing_markers = {json.dumps(marks, ensure_ascii=False)}"
