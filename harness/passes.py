"""A pass over data: how far it has come, in bytes of all, with the time left, as a line of text now and then.

And where it goes on, where an earlier run has left it.
"""

import time
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from harness.units import bytes_text, duration_text

T = TypeVar("T")

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
    """A pass over rows, so many at a time, from the first that an earlier run has left."""
    watch(what, first * row_bytes, rows * row_bytes)
    for row in range(first, rows, step):
        stop = min(rows, row + step)
        yield slice(row, stop)
        watch(what, stop * row_bytes, rows * row_bytes)


class PassKeeper(Protocol[T]):
    """Who keeps what a pass has come to, so that one that is interrupted need not be made anew."""

    def begun(self) -> tuple[int, T] | None:
        """How many rows are done already, and what they came to; None where it begins with the first."""

    def keep(self, rows: int, state: T, *, over: bool = False) -> None:
        """Keep what so many rows came to, or do not; ``over`` where there are no more."""


def folded(
    parts: Callable[[int], Iterator[slice]], add: Callable[[T, slice], T], begin: T, kept: PassKeeper[T] | None = None
) -> T:
    """What a pass over rows comes to, of which those that an earlier run has done are not done again.

    Parameters
    ----------
    parts : callable
        The parts of the rows from this first one on, as `steps` gives them.
    add : callable
        What the rows before a part came to, with the part.
    begin : object
        What no rows come to.
    """
    if kept is None:
        kept = _Unkept[T]()
    first, state = kept.begun() or (0, begin)
    for rows in parts(first):
        state, first = add(state, rows), rows.stop
        kept.keep(first, state)
    kept.keep(first, state, over=True)
    return state


class _Unkept(Generic[T]):
    """Nothing is kept."""

    def begun(self) -> None:
        return None

    def keep(self, rows: int, state: T, *, over: bool = False) -> None:
        pass


def untold(line: str) -> None:
    """Nobody wants to know."""


class Passes:
    """A `Watch` of one pass after another, over the data of one name.

    Parameters
    ----------
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
