"""Bisection over things in order, some of which cannot be judged. What judges them is handed in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Word = Literal["good", "bad", "skipped", "undecided"]
"""The verdict on one: as good as the good end; worse; it does not run; it cannot be told apart from the good end."""


@dataclass(frozen=True)
class Found:
    """Where the change is, as positions."""

    good: int | None = None
    """The last that is known to be good; None where no release could serve as the good end."""
    bad: int | None = None
    """The first that is known to be bad; None where none is."""
    end: int | None = None
    """The last that anything could be said of; None where there was none beside the good end."""
    undecided: bool = False
    """Whether the end could not be told apart from the good end."""

    @property
    def between(self) -> range:
        """What could not be judged between the last good and the first bad one: the change may be there as well."""
        return range(0) if self.good is None or self.bad is None else range(self.good + 1, self.bad)


def search(count: int, begin: Callable[[int], bool], judge: Callable[[int], Word]) -> Found:
    """Find the first bad one after a good end.

    Both ends come first. What is skipped is stepped around: at the ends inwards, between them to the nearest neighbour,
    the middle being taken of those that have not been skipped. That makes at most ``ceil(log2(count)) + 2`` calls
    besides one for each that is skipped or undecided. Where bad ones come before good ones again, the answer is a
    bad one whose nearest judged neighbour before it is good.

    ``begin`` makes one the good end that the others are held against; it says False when that does not run.
    """
    good = next((i for i in range(count) if begin(i)), None)
    if good is None:
        return Found()
    end, word = _far_end(count, good, judge)
    if word == "bad":
        return Found(*_narrowed(good, end, judge), end)
    if word == "good":
        return Found(end, None, end)
    return Found(good, None, end if word == "undecided" else None, word == "undecided")


def _far_end(count: int, good: int, judge: Callable[[int], Word]) -> tuple[int, Word]:
    for end in range(count - 1, good, -1):
        word = judge(end)
        if word != "skipped":
            return end, word
    return good, "skipped"


def _narrowed(good: int, bad: int, judge: Callable[[int], Word]) -> tuple[int, int]:
    """The closest pair of a good and a bad one with nothing between them that could be judged."""
    open_ = list(range(good + 1, bad))
    while open_:
        middle = open_.pop(len(open_) // 2)
        match judge(middle):
            case "good":
                good = middle
                open_ = [i for i in open_ if i > middle]
            case "bad":
                bad = middle
                open_ = [i for i in open_ if i < middle]
    return good, bad
