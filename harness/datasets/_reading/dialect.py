"""The dialect of a text file, found from its first lines: separator, header, comments, row names."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from harness.datasets._reading.encodings import Encoding, encoding_of
from harness.datasets._reading.headers import has_header, numbered, unit_row
from harness.datasets._reading.how import How
from harness.datasets._reading.lines import Lines, declared_separator, lines_of
from harness.datasets._reading.looks import looks_like_a_value
from harness.datasets._reading.separators import WHITE_SPACE, in_words, rows_of, separator_of
from harness.datasets._reading.source import Source
from harness.errors import DatasetError

SAMPLE_LINES = 200


class Dialect(NamedTuple):
    """How a text file is written."""

    encoding: Encoding
    comment: str
    """What a comment line begins with; "" for none."""
    separator: str
    header: bool
    """Whether the first row is a header, and skipped."""
    units: bool
    """Whether the second row holds units, and is skipped."""
    names: tuple[str, ...]
    row_names: bool
    """Whether every row begins with a row name."""
    said: tuple[str, ...]


def dialect_of(source: Source, how: How, asked: frozenset[str]) -> Dialect:
    """Find how a file is written from its first lines."""
    encoding = encoding_of(source, how.encoding)
    comment = "#" if how.comment == "auto" else how.comment
    with lines_of(source, encoding, comment, how.skip_lines, how.skip_last) as lines:
        numbered_lines = list(_sample(lines))
        comments = lines.comments
        declared = _declared(source, encoding, how)
    sample = [line for _, line in numbered_lines]
    if not sample and comments and how.comment == "auto":
        sample, comments, comment = comments, [], ""
    if not sample:
        raise DatasetError(f"{source.name} cannot be read: it holds no rows")
    separator = (
        how.separator if how.separator != "auto" else declared or separator_of(sample, source.suffix, source.name)
    )
    rows = _split(sample, separator, source.name)
    said: list[str] = list(encoding.said)
    places = [number for number, _ in numbered_lines] if len(rows) == len(sample) else []
    header, names = _names(rows, comments, asked, how, source, separator, places)
    if header is None:
        said.append(f"the names of the columns are in a comment: {', '.join(names[:6])}")
    elif not header and not how.names:
        said.append(f"there is no header; the columns are {names[0]} to {names[-1]}")
    units = unit_row(rows) if header else ()
    said += units
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
    return Dialect(encoding, comment, separator, bool(header), bool(units), names, row_names, tuple(said))


def _sample(lines: Lines) -> Iterator[tuple[int, str]]:
    """The first lines that hold data, with their numbers.

    Unlike the reader, it takes a line within quotes that looks like a comment for one; the rows do not depend on it.
    """
    for line in lines:
        yield lines.number, line
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
    except csv.Error:  # the reader meets it again, and names its line
        rows.extend(rows_of(iter([sample[0]]), separator) if not rows and '"' not in sample[0] else [])
    except Exception as error:  # a regular expression's
        raise DatasetError(f"{source}: separator: {error}") from error
    if not rows:
        raise DatasetError(
            f"{source}: the first line cannot be split by {in_words(separator)}; a quote in it is not closed"
        )
    return rows


def _names(
    rows: list[list[str]],
    comments: Sequence[str],
    asked: frozenset[str],
    how: How,
    source: Source,
    separator: str,
    places: Sequence[int],
) -> tuple[bool | None, tuple[str, ...]]:
    """Whether there is a header (None if it is in a comment), and the names."""
    width = len(rows[0])
    if how.names:
        return how.header == "yes", _given(how.names, rows, source)
    if how.header == "auto" and comments and all(looks_like_a_value(text) or not text for text in rows[0]):
        bare = comments[-1].lstrip("#").strip()
        named = next(rows_of(iter([bare]), separator), [])
        if len(named) == width and not any(map(looks_like_a_value, named)):
            return None, tuple(named)
    if not has_header(rows, asked, how, source.name, places):
        return False, numbered(width - (width > 1 and all(len(r) == width and not r[-1] for r in rows)))
    return True, _without_last(rows)


def _given(names: tuple[str, ...], rows: Sequence[Sequence[str]], source: Source) -> tuple[str, ...]:
    width = len(rows[0]) - (len(rows[0]) == len(names) + 1 and not rows[0][-1])
    if width != len(names):
        raise DatasetError(f"{source.name}: names: got {len(names)}, wanted one for each of {width} columns")
    return names


def _without_last(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The header, without a blank name at its end if the rows have no values there either."""
    names = tuple(rows[0])
    if len(names) > 1 and not names[-1] and all(len(row) < len(names) or not row[-1] for row in rows[1:]):
        return names[:-1]
    return names


def _has_row_names(rows: Sequence[Sequence[str]], separator: str, *, quoted: bool) -> bool:
    """Whether rows begin with row names, as R writes them: one value more than names, the first a name or a count.

    In comma-separated files it must be in quotes: an unquoted decimal comma, too, makes one value more.
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
