"""The lines of a text that hold data, with their numbers; comments and blank lines are skipped."""

import io
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

from harness.datasets._reading.encodings import Encoding
from harness.datasets._reading.grid import JOINT
from harness.datasets._reading.source import Source
from harness.errors import DatasetError

LONGEST = 1 << 24
"""The most characters in a line of a table."""

EXCEL_ERROR = re.compile(r"#(n/a|na|value!|div/0!|ref!|num!|name\?|null!)(?!\w)", re.IGNORECASE)
"""What Excel writes for a value that it could not compute. It begins with # but is no comment."""


@dataclass(eq=False)
class Lines:
    """The lines of a file. A CSV reader may take several of them for one row.

    Attributes
    ----------
    source : str
    comment : str
        What a comment line begins with; "" for none.
    skip : int
        Lines to skip at the start.
    skip_last : int
        Lines to skip at the end, not counting blank ones.
    number : int
        The number of the last line, from 1.
    at_start : bool
        Whether the next line begins a row. The reader sets it before every row, because a line within quotes is no
        comment.
    comments : list of str
        Comment lines before the first row.
    between : list of tuple of int and str
        Comment lines after the first row begins, with their numbers.
    """

    source: str
    text: io.TextIOWrapper
    comment: str = ""
    skip: int = 0
    skip_last: int = 0
    number: int = 0
    at_start: bool = True

    def __post_init__(self) -> None:
        self.comments: list[str] = []
        self.between: list[tuple[int, str]] = []
        self._given = False

    def __iter__(self) -> Iterator[str]:
        for line in self._without_last():
            self.number += 1
            if self.number == 1:
                line = line.lstrip("\ufeff")  # noqa: PLW2901 - a second mark, or one that the encoding keeps
            self._check(line)
            if self.number <= self.skip or (self.number == self.skip + 1 and declared_separator(line)):
                continue
            if self.at_start and self._is_skipped(line):
                continue
            self.at_start, self._given = False, True
            yield line

    def _without_last(self) -> Iterator[str]:
        lines = iter(partial(self.text.readline, LONGEST), "")
        if not self.skip_last:
            yield from lines
        held: deque[str] = deque()
        filled = 0
        for line in lines:
            held.append(line)
            filled += bool(line.strip())
            while filled > self.skip_last:
                first = held.popleft()
                filled -= bool(first.strip())
                yield first

    def _is_skipped(self, line: str) -> bool:
        bare = line.strip()
        if self.comment and bare.startswith(self.comment) and not EXCEL_ERROR.match(bare):
            if self._given:
                self.between.append((self.number, bare))
            else:
                self.comments.append(bare)
            return True
        return not bare

    def _check(self, line: str) -> None:
        if JOINT in line:
            raise DatasetError(
                f"{self.source} holds a zero byte in line {self.number}: it is not text; "
                "give its format by its suffix, or set encoding"
            )
        if len(line) == LONGEST:
            raise DatasetError(f"{self.source} holds a line of more than {LONGEST:,} characters (line {self.number})")


@contextmanager
def lines_of(source: Source, encoding: Encoding, comment: str, skip: int, skip_last: int = 0) -> Iterator[Lines]:
    """Open the file's lines; every kind of line end becomes one newline."""
    with source.unpacked() as file:
        text = io.TextIOWrapper(io.BufferedReader(_Readable(file)), encoding=encoding.name, newline=None)
        yield Lines(source.name, text, comment, skip, skip_last)


class _Readable(io.RawIOBase):
    """A binary file as the raw file that a text wrapper needs; closing it leaves the file open."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        piece = self._file.read(len(view))
        view[: len(piece)] = piece
        return len(piece)


def declared_separator(line: str) -> str:
    """The separator that a first line of Excel's, ``sep=;``, declares; "" for any other line."""
    match = re.fullmatch(r'"?sep=(.)"?\s*', line, re.IGNORECASE)
    return match[1] if match else ""
