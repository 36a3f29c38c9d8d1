"""Delimited text such as csv and tsv, with the line number of each row."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from operator import itemgetter

from harness.datasets._reading.dialect import Dialect, dialect_of
from harness.datasets._reading.grid import BLOCK_ROWS, JOINT, Grid, Texts, Values
from harness.datasets._reading.how import How
from harness.datasets._reading.lines import Lines, lines_of
from harness.datasets._reading.plain import read_plain
from harness.datasets._reading.separators import in_words, raw_rows
from harness.datasets._reading.source import Source
from harness.errors import DatasetError

Choose = Callable[[Sequence[str]], Sequence[int]]
"""Maps the names of all columns to the positions of those to read."""


def read_delimited(source: Source, how: How, asked: frozenset[str], choose: Choose) -> Grid:
    """Read the chosen columns of a text file.

    Parameters
    ----------
    asked : frozenset of str
        The names that the user gave; a row that has them is the header.

    Raises
    ------
    DatasetError
        When the text has no rows, a row has too many or too few values, or its format is ambiguous.
    """
    dialect = dialect_of(source, how, asked)
    wanted = list(choose(dialect.names))
    if (
        _is_plain(dialect, how)
        and (fast := read_plain(source, dialect.separator, len(dialect.names), wanted)) is not None
    ):
        columns: dict[int, Texts | Values] = {j: Values(array, decimal=True) for j, array in fast.items()}
        count = len(next(iter(fast.values())))
        return Grid(source.name, dialect.names, columns, range(2, count + 2), "line", dialect.said)
    places = array("q")
    blocks: list[list[str]] = [[] for _ in wanted]
    with lines_of(source, dialect.encoding, dialect.comment, how.skip_lines, how.skip_last) as lines:
        rows = _rows(lines, dialect, places)
        while block := list(islice(rows, BLOCK_ROWS)):
            for kept, j in zip(blocks, wanted, strict=True):
                kept.append(_stripped(JOINT.join(map(itemgetter(j), block))))
    said = (*dialect.said, *_comment_note(lines, dialect, len(places)))
    columns = {j: Texts(tuple(kept)) for j, kept in zip(wanted, blocks, strict=True)}
    hint = dialect.separator == ";"
    return Grid(source.name, dialect.names, columns, places, "line", said, hints_comma=hint)


def _is_plain(dialect: Dialect, how: How) -> bool:
    """Whether `read_plain` may read the file: it has a header, and no option changes how values are read."""
    usual = How(encoding=how.encoding, separator=how.separator, header=how.header, dates=how.dates, missing=how.missing)
    plain = dialect.header and not dialect.row_names and dialect.separator in (",", "\t")
    return plain and how == usual and dialect.encoding.name == "utf-8"


def _stripped(block: str) -> str:
    """The block without white space around its texts."""
    if block.isascii() and not any(space in block for space in " \t\n"):
        return block
    return JOINT.join([text.strip() for text in block.split(JOINT)])


def _rows(lines: Lines, dialect: Dialect, places: array[int]) -> Iterator[list[str]]:
    """The rows of values, checked for their length; appends the line number of each to `places`."""
    reader = raw_rows(lines, dialect.separator)
    width, skipped = len(dialect.names), dialect.header + dialect.units
    while True:
        lines.at_start = True
        before = lines.number
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise DatasetError(f"{lines.source}: line {max(before + 1, lines.number)}: {_in_plain(error)}") from error
        if row is None:
            return
        if skipped:
            skipped -= 1
            continue
        if len(row) != width:
            if len(row) != width + 1 or row[-1].strip() or width == 0:
                raise DatasetError(_wrong_length(lines, dialect, len(row)))
            row.pop()
        places.append(lines.number)
        yield row


def _comment_note(lines: Lines, dialect: Dialect, rows: int) -> tuple[str, ...]:
    """A note on comment lines that look like rows.

    Raises
    ------
    DatasetError
        When there is no other row.
    """
    width = len(dialect.names)
    alike = [number for number, line in lines.between if width > 1 and _values_in(line, dialect.separator) == width]
    if not alike:
        return ()
    count = f"{len(alike)}, the first is line {alike[0]}"
    if not rows:
        raise DatasetError(
            f'{lines.source}: all lines below the header begin with {dialect.comment} ({count}); set comment = ""'
        )
    reads = 'comment = "" reads them'
    return (f"lines that begin with {dialect.comment} and look like rows are skipped ({count}); {reads}",)


def _values_in(line: str, separator: str) -> int:
    try:
        return len(next(raw_rows([line], separator), []))
    except csv.Error:
        return 0


def _in_plain(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return "a quote is opened and never closed; close it"
    if "expected after" in text:
        return "text follows a closing quote; double the quotes inside a value"
    return text


def _wrong_length(lines: Lines, dialect: Dialect, got: int) -> str:
    kind = "the header" if dialect.header else "the first line"
    return (
        f"{lines.source}: line {lines.number} holds {got} value{'s' * (got != 1)}, {kind} {len(dialect.names)} "
        f"(separated by {in_words(dialect.separator)}); fix it, or set separator, comment, skip_lines or skip_last"
    )
