"""Decides whether the first row is a header, and the second row units."""

from collections.abc import Sequence

from harness.datasets._reading.how import How
from harness.datasets._reading.looks import looks_like_a_value
from harness.datasets._reading.markers import USUAL
from harness.errors import DatasetError

LOOKED_AT = 50
"""Rows below the first that are compared with it."""


def numbered(count: int) -> tuple[str, ...]:
    """Names for columns without any: ``c1``, ``c2`` and so on."""
    return tuple(f"c{j}" for j in range(1, count + 1))


def has_header(
    rows: Sequence[Sequence[str]], asked: frozenset[str], how: How, source: str, places: Sequence[int]
) -> bool:
    """Whether the first row is a header.

    It is one if it has the names that the user gave, or holds no numbers or dates. It is none if it holds only those,
    or if one of its texts occurs below it, as the level of a category does.

    Parameters
    ----------
    places : sequence of int
        Line numbers of the rows, from 1.

    Raises
    ------
    DatasetError
        When the row is ambiguous, or the names are in a later row.
    """
    if how.header != "auto" or how.names:
        return how.header == "yes"
    first, rest = ["" if text.lower() in USUAL else text for text in rows[0]], rows[1 : LOOKED_AT + 1]
    if asked and asked <= set(rows[0]):
        return True
    for row, place in zip(rest if asked else (), places[1:], strict=False):
        if asked <= set(row) and (len(asked) > 1 or len(row) > len(first) or not any(map(looks_like_a_value, row))):
            raise DatasetError(f"{source}: the names asked for are below the first row; set skip_lines = {place - 1}")
    values = [looks_like_a_value(text) for text in first]
    if not any(values):
        return True
    if all(value or not text for value, text in zip(values, first, strict=True)):
        return False
    if (decided := _header_by_columns(first, rest)) is not None:
        return decided
    shown = ", ".join(rows[0][:4])
    raise DatasetError(f'{source}: the first line ({shown}) may be names or values; set header = "yes" or "no"')


def _header_by_columns(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool | None:
    """Whether a text of the first row is a name, judged by the values below it; None if that does not decide."""
    for j, text in enumerate(first):
        below = [row[j] for row in rest if j < len(row) and row[j]]
        if looks_like_a_value(text) or not text or not below:
            continue
        if text in below:
            return False
        if all(map(looks_like_a_value, below)):
            return True
    return None


def unit_row(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """A note on a second row that holds units; empty if it does not.

    It does if none of its texts is a value or occurs below it, and one is above nothing but values.
    """
    if len(rows) < 3 or any(map(looks_like_a_value, rows[1])):
        return ()
    above_values = False
    for j, text in enumerate(rows[1]):
        below = [row[j] for row in rows[2 : LOOKED_AT + 2] if j < len(row) and row[j].lower() not in USUAL]
        if text in below:
            return ()
        if text.lower() not in USUAL and below and all(map(looks_like_a_value, below)):
            above_values = True
    return (f"the second row is taken for units and skipped: {', '.join(rows[1][:6])}",) if above_values else ()
