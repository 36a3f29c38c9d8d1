"""Bisection over an ordered sequence whose items may be impossible to judge; the caller passes in the judge.

The order may be partial, like that of commits with merges: each item's ancestors, itself included, are a bit mask with
bit i for position i.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Word = Literal["good", "bad", "skipped", "undecided"]
"""The verdict on an item: as good as the good end; worse; does not run; cannot be told apart from the good end."""


@dataclass(frozen=True)
class Found:
    """The positions between which the change lies."""

    good: int | None = None
    """The last item known to be good; None where none could serve as the good end."""
    bad: int | None = None
    """The first item known to be bad; None where there is none."""
    end: int | None = None
    """The last item that could be judged; None where there was none beside the good end."""
    undecided: bool = False
    """Whether ``end`` could not be told apart from the good end."""

    between: tuple[int, ...] = field(default=(), compare=False)
    """Items that could not be judged between the last good and the first bad one: the change may be there as well."""


def search(
    count: int, begin: Callable[[int], bool], judge: Callable[[int], Word], ancestors: Sequence[int] | None = None
) -> Found:
    """Find the first bad item after a good end.

    Both ends are judged first. A skipped end moves inwards; between the ends, the middle is chosen among the items that
    have not been skipped. That takes at most ``ceil(log2(count)) + 2`` calls, and one more for each skipped or
    undecided item. Where bad items are followed by good ones again, the answer is a bad item whose nearest judged
    predecessor is good.

    ``begin`` makes an item the good end that others are compared with, and returns False when it does not run. Without
    ``ancestors`` these are all earlier items; otherwise every ancestor has a lower position.
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
    """Narrow down to a bad item without bad ancestors and the nearest good one, until nothing between can be judged."""
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
    """The item to judge next: with itself and its ancestors as near as possible to half of the open items."""
    mask = sum(1 << i for i in open_)
    half = len(open_) // 2 + 1
    return min(open_, key=lambda i: abs((below[i] & mask).bit_count() - half))
