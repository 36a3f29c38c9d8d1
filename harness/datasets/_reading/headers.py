"""Whether the first row names the columns, and what the columns are called."""

from collections.abc import Sequence

from harness.datasets._reading.how import How
from harness.datasets._reading.looks import looks_like_a_value
from harness.errors import DatasetError

LOOKED_AT = 50
"""Rows below the first that are held against it."""


def numbered(count: int) -> tuple[str, ...]:
    """Names for columns that have none: ``c1``, ``c2`` and so on."""
    return tuple(f"c{j}" for j in range(1, count + 1))


def has_header(rows: Sequence[Sequence[str]], asked: frozenset[str], how: How, source: str) -> bool:
    """Whether the first of some rows is a header.

    It is where it has the names that were asked for, or no values at all. It is none where it has values alone, or
    where one of its texts stands below again, as the name of a category does.

    Raises
    ------
    DatasetError
        When it has names and values and neither speaks clearly.
    """
    if how.header != "auto" or how.names:
        return how.header == "yes"
    first, rest = rows[0], rows[1 : LOOKED_AT + 1]
    values = [looks_like_a_value(text) for text in first]
    if (asked and asked <= set(first)) or not any(values):
        return True
    if all(value or not text for value, text in zip(values, first, strict=True)):
        return False
    for j, text in enumerate(first):
        below = [row[j] for row in rest if j < len(row) and row[j]]
        if values[j] or not text or not below:
            continue
        if text in below:
            return False
        if all(map(looks_like_a_value, below)):
            return True
    shown = ", ".join(first[:4])
    raise DatasetError(f'{source}: the first line ({shown}) may be names or values; set header = "yes" or "no"')
