"""Bisection over things in order, some of which cannot be judged. What judges them is handed in.

The order may be partial, as that of commits with merges is: each thing has its ancestors, as a mask of bits, bit i for
position i, its own among them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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

    between: tuple[int, ...] = field(default=(), compare=False)
    """What could not be judged between the last good and the first bad one: the change may be there as well."""


def search(
    count: int, begin: Callable[[int], bool], judge: Callable[[int], Word], ancestors: Sequence[int] | None = None
) -> Found:
    """Find the first bad one after a good end.

    Both ends come first. What is skipped is stepped around: at the ends inwards, between them to the nearest neighbour,
    the middle being taken of those that have not been skipped. That makes at most ``ceil(log2(count)) + 2`` calls
    besides one for each that is skipped or undecided. Where bad ones come before good ones again, the answer is a
    bad one whose nearest judged neighbour before it is good.

    ``begin`` makes one the good end that the others are held against; it says False when that does not run. The
    ``ancestors`` are all that come before where they are left out; else every ancestor's position is the lower one.
    """
    below = ancestors or [(2 << i) - 1 for i in range(count)]
    good = next((i for i in range(count) if begin(i)), None)
    if good is None:
        return Found()
    end, word = _far_end(count, good, judge)
    if word == "bad":
        return _narrowed(good, end, judge, below)
    if word == "good":
        return Found(end, None, end)
    return Found(good, None, end if word == "undecided" else None, word == "undecided")


def _far_end(count: int, good: int, judge: Callable[[int], Word]) -> tuple[int, Word]:
    for end in range(count - 1, good, -1):
        word = judge(end)
        if word != "skipped":
            return end, word
    return good, "skipped"


def _narrowed(good: int, end: int, judge: Callable[[int], Word], below: Sequence[int]) -> Found:
    """The bad one with no bad ancestor, and the good one next to it, with nothing between that could be judged."""
    bad, cleared, asked = end, below[good], 0
    while open_ := _positions(below[bad] & ~cleared & ~asked & ~(1 << bad)):
        middle = _halving(open_, below)
        asked |= 1 << middle
        match judge(middle):
            case "good":
                good, cleared = max(good, middle), cleared | below[middle]
            case "bad":
                bad = middle
    between = _positions(below[bad] & ~cleared & ~(1 << bad))
    return Found(good, bad, end, between=tuple(between))


def _positions(mask: int) -> list[int]:
    return [i for i, bit in enumerate(reversed(f"{mask:b}")) if bit == "1"]


def _halving(open_: Sequence[int], below: Sequence[int]) -> int:
    """The one whose verdict tells most: as near as can be half of the open ones are its ancestors, or it itself."""
    mask = sum(1 << i for i in open_)
    half = len(open_) // 2 + 1
    return min(open_, key=lambda i: abs((below[i] & mask).bit_count() - half))
