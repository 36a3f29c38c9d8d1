"""Delimited text: csv, tsv and their like, with the number of the line that each row stands on."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from harness.datasets._reading.encodings import Encoding, encoding_of
from harness.datasets._reading.grid import BLOCK_ROWS, JOINT, Grid, Texts, Values
from harness.datasets._reading.headers import has_header, numbered
from harness.datasets._reading.how import How
from harness.datasets._reading.lines import Lines, declared_separator, lines_of
from harness.datasets._reading.looks import looks_like_a_value
from harness.datasets._reading.plain import read_plain
from harness.datasets._reading.separators import WHITE_SPACE, in_words, raw_rows, rows_of, separator_of
from harness.datasets._reading.source import Source
from harness.errors import DatasetError

__all__ = ["Choose", "read_delimited"]

Choose = Callable[[Sequence[str]], Sequence[int]]
"""From the names of the columns to the positions of those to read."""

SAMPLE_LINES = 200


class _Dialect(NamedTuple):
    encoding: Encoding
    comment: str
    separator: str
    header: bool
    names: tuple[str, ...]
    row_names: bool
    said: tuple[str, ...]


def read_delimited(source: Source, how: How, asked: frozenset[str], choose: Choose) -> Grid:
    """Read the chosen columns of a text file.

    Parameters
    ----------
    source : Source
    how : How
    asked : frozenset of str
        The names that were asked for, which tell a header.
    choose : callable

    Raises
    ------
    DatasetError
        When the text has no rows, a row has too many or too few values, or how it is written cannot be told.
    """
    dialect = _dialect(source, how, asked)
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
    with lines_of(source, dialect.encoding, dialect.comment, how.skip_lines) as lines:
        rows = _rows(lines, dialect, places)
        while block := list(islice(rows, BLOCK_ROWS)):
            for kept, j in zip(blocks, wanted, strict=True):
                kept.append(_stripped(JOINT.join(map(itemgetter(j), block))))
    columns = {j: Texts(tuple(kept)) for j, kept in zip(wanted, blocks, strict=True)}
    hint = dialect.separator == ";"
    return Grid(source.name, dialect.names, columns, places, "line", dialect.said, hints_comma=hint)


def _is_plain(dialect: _Dialect, how: How) -> bool:
    """Whether the file may be what `read_plain` reads: a header of its own, and nothing asked for but the usual."""
    usual = How(encoding=how.encoding, separator=how.separator, header=how.header, dates=how.dates, missing=how.missing)
    plain = dialect.header and not dialect.row_names and dialect.separator in (",", "\t")
    return plain and how == usual and dialect.encoding.name == "utf-8"


def _stripped(block: str) -> str:
    """White space about each of the block's texts taken off, if there is any."""
    if block.isascii() and not any(space in block for space in " \t\n"):
        return block
    return JOINT.join([text.strip() for text in block.split(JOINT)])


def _rows(lines: Lines, dialect: _Dialect, places: array[int]) -> Iterator[list[str]]:
    """The rows of values, each of the right length, its place noted."""
    reader = raw_rows(lines, dialect.separator)
    width, skipped = len(dialect.names), not dialect.header
    while True:
        lines.at_start = True
        before = lines.number
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise DatasetError(f"{lines.source}: line {max(before + 1, lines.number)}: {_in_plain(error)}") from error
        if row is None:
            return
        if not skipped:
            skipped = True
            continue
        if len(row) != width:
            if len(row) != width + 1 or row[-1].strip() or width == 0:
                raise DatasetError(_wrong_length(lines, dialect, len(row)))
            row.pop()
        places.append(lines.number)
        yield row


def _in_plain(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return "a quote is opened and never closed; close it"
    if "expected after" in text:
        return "text follows a closing quote; double the quotes inside a value"
    return text


def _wrong_length(lines: Lines, dialect: _Dialect, got: int) -> str:
    kind = "the header" if dialect.header else "the first line"
    return (
        f"{lines.source}: line {lines.number} holds {got} value{'s' * (got != 1)}, {kind} {len(dialect.names)} "
        f"(separated by {in_words(dialect.separator)}); mend the line, or set separator or skip_lines"
    )


def _dialect(source: Source, how: How, asked: frozenset[str]) -> _Dialect:
    """How the file is written, from its first lines."""
    encoding = encoding_of(source, how.encoding)
    comment = "#" if how.comment == "auto" else how.comment
    with lines_of(source, encoding, comment, how.skip_lines) as lines:
        sample = list(_sample(lines))
        comments = lines.comments
        declared = _declared(source, encoding, how)
    if not sample and comments and how.comment == "auto":
        sample, comments, comment = comments, [], ""
    if not sample:
        raise DatasetError(f"{source.name} cannot be read: it holds no rows")
    separator = (
        how.separator if how.separator != "auto" else declared or separator_of(sample, source.suffix, source.name)
    )
    rows = _split(sample, separator, source.name)
    said: list[str] = list(encoding.said)
    header, names = _names(rows, comments, asked, how, source, separator)
    if header is None:
        said.append(f"the names of the columns stand in a comment: {', '.join(names[:6])}")
    elif not header and not how.names:
        said.append(f"there is no header; the columns are {names[0]} to {names[-1]}")
    quoted = all(line.lstrip().startswith('"') for line in sample[1:])
    row_names = bool(header) and _has_row_names(rows, separator, quoted=quoted)
    if row_names:
        said.append("every row has one value more than the header: the first is taken for the row's name")
        names = ("", *names)
    if (
        separator not in ("," if source.suffix not in {".tsv", ".tab"} else "\t")
        and how.separator == "auto"
        and len(names) > 1
    ):
        said.append(f"values are separated by {in_words(separator)}")
    return _Dialect(encoding, comment, separator, bool(header), names, row_names, tuple(said))


def _sample(lines: Lines) -> Iterator[str]:
    """The first lines that hold data. Inside quotes a comment is taken for one here, which only the look depends on."""
    for line in lines:
        yield line
        lines.at_start = True
        if lines.number > SAMPLE_LINES * 10:
            return


def _declared(source: Source, encoding: Encoding, how: How) -> str:
    with lines_of(source, encoding, "", 0) as lines:
        for _ in range(how.skip_lines):
            lines.text.readline()
        return declared_separator(lines.text.readline(10))


def _split(sample: Sequence[str], separator: str, source: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        rows.extend(islice(rows_of(iter(sample), separator), SAMPLE_LINES))
    except csv.Error:  # the whole reading meets it again, and names its line
        rows.extend(rows_of(iter([sample[0]]), separator) if not rows and '"' not in sample[0] else [])
    except Exception as error:  # a regular expression's
        raise DatasetError(f"{source}: separator: {error}") from error
    if not rows:
        raise DatasetError(
            f"{source}: the first line cannot be split by {in_words(separator)}; a quote in it is not closed"
        )
    return rows


def _names(
    rows: list[list[str]], comments: Sequence[str], asked: frozenset[str], how: How, source: Source, separator: str
) -> tuple[bool | None, tuple[str, ...]]:
    """Whether there is a header (None: in a comment), and the names."""
    width = len(rows[0])
    if how.names:
        return how.header == "yes", _given(how.names, rows, source)
    if how.header == "auto" and comments and all(looks_like_a_value(text) or not text for text in rows[0]):
        bare = comments[-1].lstrip("#").strip()
        named = next(rows_of(iter([bare]), separator), [])
        if len(named) == width and not any(map(looks_like_a_value, named)):
            return None, tuple(named)
    if not has_header(rows, asked, how, source.name):
        return False, numbered(width - (width > 1 and all(len(r) == width and not r[-1] for r in rows)))
    return True, _without_last(rows)


def _given(names: tuple[str, ...], rows: Sequence[Sequence[str]], source: Source) -> tuple[str, ...]:
    width = len(rows[0]) - (len(rows[0]) == len(names) + 1 and not rows[0][-1])
    if width != len(names):
        raise DatasetError(f"{source.name}: names: got {len(names)}, wanted one for each of {width} columns")
    return names


def _without_last(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The header without a blank name at its end, where the rows have a blank or nothing there too."""
    names = tuple(rows[0])
    if len(names) > 1 and not names[-1] and all(len(row) < len(names) or not row[-1] for row in rows[1:]):
        return names[:-1]
    return names


def _has_row_names(rows: Sequence[Sequence[str]], separator: str, *, quoted: bool) -> bool:
    """Whether R wrote it: one value more in every row than names, and the first of it a name or a running number.

    Between commas it must stand in quotes: one value more may also come of decimal commas that lack them.
    """
    width, rest = len(rows[0]), rows[1:]
    if not rest or any(len(row) != width + 1 or not row[-1] for row in rest):
        return False
    first = [row[0] for row in rest]
    running = first in ([str(i) for i in range(1, len(first) + 1)], [str(i) for i in range(len(first))])
    if separator == ",":
        return running and quoted
    texts = not any(map(looks_like_a_value, first)) and len(set(first)) == len(first)
    return running or (separator == WHITE_SPACE and texts)
