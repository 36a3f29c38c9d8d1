"""Whether the first row names the columns, and what the columns are called."""

from collections.abc import Sequence

from harness.datasets._reading.how import How
from harness.datasets._reading.looks import looks_like_a_value
from harness.datasets._reading.markers import USUAL
from harness.errors import DatasetError

LOOKED_AT = 50
"""Rows below the first that are held against it."""


def numbered(count: int) -> tuple[str, ...]:
    """Names for columns that have none: ``c1``, ``c2`` and so on."""
    return tuple(f"c{j}" for j in range(1, count + 1))


def has_header(
    rows: Sequence[Sequence[str]], asked: frozenset[str], how: How, source: str, places: Sequence[int]
) -> bool:
    """Whether the first of some rows is a header.

    It is where it has the names that were asked for, or no values at all. It is none where it has values alone, or
    where one of its texts stands below again, as the name of a category does.

    Parameters
    ----------
    places : sequence of int
        The numbers of the rows' lines, counted from 1.

    Raises
    ------
    DatasetError
        When it has names and values and neither speaks clearly, or when the names stand in a later row.
    """
    if how.header != "auto" or how.names:
        return how.header == "yes"
    first, rest = ["" if text.lower() in USUAL else text for text in rows[0]], rows[1 : LOOKED_AT + 1]
    if asked and asked <= set(rows[0]):
        return True
    for row, place in zip(rest if asked else (), places[1:], strict=False):
        if asked <= set(row) and (len(asked) > 1 or len(row) > len(first) or not any(map(looks_like_a_value, row))):
            raise DatasetError(f"{source}: the names asked for stand below the first row; set skip_lines = {place - 1}")
    values = [looks_like_a_value(text) for text in first]
    if not any(values):
        return True
    if all(value or not text for value, text in zip(values, first, strict=True)):
        return False
    if (told := _told_by_a_column(first, rest)) is not None:
        return told
    shown = ", ".join(rows[0][:4])
    raise DatasetError(f'{source}: the first line ({shown}) may be names or values; set header = "yes" or "no"')


def _told_by_a_column(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool | None:
    """Whether a text of the first row is a name, as what stands below it tells; None where nothing tells."""
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
    """What is to be said of a second row that tells units; nothing where it does not.

    It does where it has no value, one of its texts stands above values alone, and none stands below again.
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
    return (f"the second row is taken for units and passed over: {', '.join(rows[1][:6])}",) if above_values else ()
