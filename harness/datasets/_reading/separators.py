"""Splits lines into values, and finds the separator by trying each on the first lines."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from harness.datasets._reading.looks import looks_like_a_value
from harness.errors import DatasetError

WHITE_SPACE = r"\s+"
CANDIDATES = (",", ";", "\t", "|", WHITE_SPACE)
SPACES = re.compile(r"[ \t\v\f]+")
"""Without the no-break space, which occurs inside numbers."""

NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", WHITE_SPACE: "white space"}


def in_words(separator: str) -> str:
    """The name of a separator: ``semicolons``."""
    return NAMES.get(separator, repr(separator))


def rows_of(lines: Iterable[str], separator: str) -> Iterator[list[str]]:
    """Rows of texts, without the surrounding white space that `raw_rows` leaves."""
    return ([text.strip() for text in row] for row in raw_rows(lines, separator))


def raw_rows(lines: Iterable[str], separator: str) -> Iterator[list[str]]:
    """Rows of texts as they are between the separators.

    Raises
    ------
    csv.Error
        For a quote that is never closed, or is closed before the text ends.
    """
    if separator == WHITE_SPACE:
        yield from _split_white_space(lines)
    elif len(separator) == 1:
        yield from csv.reader(lines, delimiter=separator, skipinitialspace=separator != " ", strict=True)
    else:
        pattern = re.compile(separator)
        for line in lines:
            yield pattern.split(line.rstrip("\n"))


def _split_white_space(lines: Iterable[str]) -> Iterator[list[str]]:
    """Split by white space outside quotes, as in tables that R writes."""
    for line in lines:
        if '"' in line:
            yield next(csv.reader([" ".join(SPACES.split(line.strip()))], delimiter=" ", strict=True))
        else:
            yield SPACES.split(line.strip())


def separator_of(lines: Sequence[str], suffix: str, source: str) -> str:
    """Find the separator from the first lines of a file.

    A candidate must split all lines into the same number of values, at least two. Of several, the one that gives the
    most numbers wins. If none does, it is the one that comes closest, so that the reader's message names the bad line.

    Raises
    ------
    DatasetError
        When several are equally good.
    """
    first = "\t" if suffix in {".tsv", ".tab"} else ","
    found = {each: _split(lines, each) for each in CANDIDATES}
    even = [each for each in CANDIDATES if _is_even(found[each])]
    if not even:
        return _nearest(found, first)
    if first in even and suffix in {".tsv", ".tab"}:
        return first
    scores = {each: _share_of_values(found[each]) for each in even}
    best = [each for each in even if scores[each] == max(scores.values())]
    if len(best) > 1 and WHITE_SPACE in best:
        best.remove(WHITE_SPACE)  # spaces often surround the real separator
    if len(best) == 1:
        return best[0]
    options = " or ".join(repr(each) for each in best)
    raise DatasetError(
        f"{source}: the values may be separated by {' or by '.join(map(in_words, best))}; set separator = {options}"
    )


def _split(lines: Sequence[str], separator: str) -> list[list[str]]:
    try:
        return [row for row in rows_of(lines, separator) if row]
    except csv.Error:
        return []


def _is_even(rows: Sequence[Sequence[str]]) -> bool:
    """Whether all rows are equally long, not counting a blank last value; or one longer than the header, as from R."""
    if not rows:
        return False
    bare = [len(row) - (len(row) > 1 and not row[-1]) for row in rows]
    full = [len(row) for row in rows]
    return any(_all_alike(lengths) for lengths in (full, bare)) and max(full) > 1


def _all_alike(lengths: Sequence[int]) -> bool:
    rest = set(lengths[1:])
    return rest <= {lengths[0]} or (len(lengths) > 2 and rest == {lengths[0] + 1} and lengths[0] > 1)


def _share_of_values(rows: Sequence[Sequence[str]]) -> float:
    """The share of cells below the first row that are numbers or dates."""
    cells = [text for row in (rows[1:] or rows) for text in row if text]
    return sum(map(looks_like_a_value, cells)) / len(cells) if cells else 0.0


def _nearest(found: dict[str, list[list[str]]], first: str) -> str:
    def agreement(separator: str) -> tuple[float, bool]:
        rows = [row for row in found[separator] if len(row) > 1]
        if not rows:
            return 0.0, separator == first
        common = Counter(map(len, rows)).most_common(1)[0][1]
        return common / len(found[separator]), separator == first

    others = {each: rows for each, rows in found.items() if each != WHITE_SPACE}
    best = max(others, key=agreement)
    if agreement(best)[0] > 0.0:
        return best
    return WHITE_SPACE if agreement(WHITE_SPACE)[0] > 0.5 else first
