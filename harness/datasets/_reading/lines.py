"""The lines of a text that hold data, with their numbers: comments and blank lines are passed over."""

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
"""Characters of a line; a longer one is no table's."""

FAULT = re.compile(r"#(n/a|na|value!|div/0!|ref!|num!|name\?|null!)(?!\w)", re.IGNORECASE)
"""A value that Excel could not compute, which begins no comment."""


@dataclass(eq=False)
class Lines:
    """The physical lines, for a CSV reader to draw on, which may take several for one row.

    Attributes
    ----------
    source : str
    comment : str
        What a comment line begins with; "" for none.
    skip : int
        Lines to pass over at the start.
    skip_last : int
        Lines to pass over at the end, blank ones aside.
    number : int
        Of the last line that was given, counted from 1.
    at_start : bool
        Whether the next line begins a row. The reader of rows sets it before every row: inside quotes a line that
        looks like a comment is none.
    comments : list of str
        Comment lines passed over before the first row.
    between : list of tuple of int and str
        Comment lines passed over below it, with their numbers.
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
        for line in self._but_the_last():
            self.number += 1
            if self.number == 1:
                line = line.lstrip("\ufeff")  # noqa: PLW2901 - a second mark, or one that an encoding of its own keeps
            self._check(line)
            if self.number <= self.skip or (self.number == self.skip + 1 and declared_separator(line)):
                continue
            if self.at_start and self._passed_over(line):
                continue
            self.at_start, self._given = False, True
            yield line

    def _but_the_last(self) -> Iterator[str]:
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

    def _passed_over(self, line: str) -> bool:
        bare = line.strip()
        if self.comment and bare.startswith(self.comment) and not FAULT.match(bare):
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
    """The file's lines, opened; every kind of line end becomes one newline."""
    with source.unpacked() as file:
        text = io.TextIOWrapper(io.BufferedReader(_Readable(file)), encoding=encoding.name, newline=None)
        yield Lines(source.name, text, comment, skip, skip_last)


class _Readable(io.RawIOBase):
    """Any file of bytes as the raw file that a text wrapper wants; closing it leaves the file open."""

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
    """The separator that Excel's own first line, ``sep=;``, declares; "" for any other line."""
    match = re.fullmatch(r'"?sep=(.)"?\s*', line, re.IGNORECASE)
    return match[1] if match else ""
