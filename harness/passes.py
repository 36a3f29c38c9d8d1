"""Passes over data: progress in bytes, with the time left, as lines of text."""

import time
from collections.abc import Callable, Iterator

from harness.units import bytes_text, duration_text

Watch = Callable[[str, int, int], None]
"""Receives the progress of a pass: what it does, the bytes done, and the total bytes, 0 where unknown.

The first call is at the start, with the bytes that an earlier run has done.
"""

Tell = Callable[[str], None]
"""Receives a line about what is being done now."""

EVERY = 0.5
"""Seconds between lines; a short pass gives none."""


def unwatched(what: str, done: int, total: int) -> None:
    """Ignore progress."""


def steps(what: str, rows: int, step: int, row_bytes: int, watch: Watch, *, first: int = 0) -> Iterator[slice]:
    """Slices of ``step`` rows, from row ``first`` on, with progress reported to ``watch``."""
    watch(what, first * row_bytes, rows * row_bytes)
    for row in range(first, rows, step):
        stop = min(rows, row + step)
        yield slice(row, stop)
        watch(what, stop * row_bytes, rows * row_bytes)


def untold(line: str) -> None:
    """Ignore a line."""


class Passes:
    """A `Watch` that turns the progress of successive passes into lines.

    Parameters
    ----------
    clock : callable, optional
        Returns seconds.
    """

    def __init__(self, name: str, tell: Tell, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._tell = tell
        self._clock = clock
        self._what = ""
        self._began = self._reported = 0.0
        self._first = 0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Write a line if the last one is `EVERY` seconds ago."""
        now = self._clock()
        if what != self._what:
            self._what, self._began, self._reported, self._first = what, now, now, done
        elif now - self._reported >= EVERY:
            self._reported = now  # the name is last, where a narrow terminal truncates
            self._tell(f"{what}, {self._size(done, total)}{self._left(done, total, now)}: {self._name}")

    @staticmethod
    def _size(done: int, total: int) -> str:
        return f"{bytes_text(done)} of {bytes_text(total)}" if done <= total else bytes_text(done)

    def _left(self, done: int, total: int, now: float) -> str:
        """The time left, by the pace of this run; empty where all, or more than expected, is done."""
        if not self._first < done < total:
            return ""
        return f", about {duration_text((now - self._began) * (total - done) / (done - self._first))} left"
