"""How far a pass over data has come: in bytes of all, with the time left, as a line of text now and then."""

import time
from collections.abc import Callable, Iterator

from harness.units import bytes_text, duration_text

Watch = Callable[[str, int, int], None]
"""Told of a pass what it does, the bytes that are done, and all there are: 0 where that is not known.

The first call is made as the pass begins, with what an earlier run has done of it.
"""

Tell = Callable[[str], None]
"""Told in a line what is being done now."""

EVERY = 0.5
"""Seconds between two lines, so that a pass over few data is not told of."""


def unwatched(what: str, done: int, total: int) -> None:
    """Nobody wants to know."""


def steps(what: str, rows: int, step: int, row_bytes: int, watch: Watch, *, first: int = 0) -> Iterator[slice]:
    """A pass over rows, so many at a time, from the first that an earlier run has left.

    Parameters
    ----------
    what : str
    rows, step, row_bytes : int
    watch : callable
    first : int
    """
    watch(what, first * row_bytes, rows * row_bytes)
    for row in range(first, rows, step):
        stop = min(rows, row + step)
        yield slice(row, stop)
        watch(what, stop * row_bytes, rows * row_bytes)


def untold(line: str) -> None:
    """Nobody wants to know."""


class Passes:
    """A `Watch` of one pass after another, over the data of one name.

    Parameters
    ----------
    name : str
    tell : callable
    clock : callable, optional
        Gives seconds.
    """

    def __init__(self, name: str, tell: Tell, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._tell = tell
        self._clock = clock
        self._what = ""
        self._began = self._told = 0.0
        self._first = 0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Tell of it, where the last line is some time ago."""
        now = self._clock()
        if what != self._what:
            self._what, self._began, self._told, self._first = what, now, now, done
        elif now - self._told >= EVERY:
            self._told = now  # the name last: a narrow terminal cuts it off
            self._tell(f"{what}, {self._size(done, total)}{self._left(done, total, now)}: {self._name}")

    @staticmethod
    def _size(done: int, total: int) -> str:
        return f"{bytes_text(done)} of {bytes_text(total)}" if done <= total else bytes_text(done)

    def _left(self, done: int, total: int, now: float) -> str:
        """By the pace of this run alone; nothing where all is done, or more than was expected."""
        if not self._first < done < total:
            return ""
        return f", about {duration_text((now - self._began) * (total - done) / (done - self._first))} left"
