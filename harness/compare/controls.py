"""Which of the two controls a case's times are divided by, by which follows them better from process to process.

Products of matrices follow a fit that computes, a copy through memory one that moves its data. What is looked at is the
spread within the sides, never the difference between them, which is what is tested. That one of two was chosen by the
very rounds that are tested is paid for all the same: each of them has half of the level, so that the choice costs no
false alarm, however it is made (Bonferroni).
"""

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

from scipy.special import stdtr

from harness.stats import RESOLUTION, Control, Level, Round, level

FEWEST = 6
"""Rounds per side from which a spread is believed so far."""

CLEARLY = 1.5
"""How many times as large the variance over products must be: it saves a third of the rounds."""

CHANCE = 0.05
"""One-sided p-value under which it is larger."""


class Side(NamedTuple):
    """The log ratios of one side's rounds of a case."""

    products: Sequence[float]
    """To the control of products."""
    stream: Sequence[float] | None = None
    """To the streaming control, in the same order; None where some round lacks it."""
    resolution: float = RESOLUTION
    """Standard deviation that a round's cannot be told from."""


def side_of(rounds: Collection[Round]) -> Side:
    """The side of these rounds; those without a log ratio are left out.

    A sample of a few nanoseconds is a few ticks of the clock, all equal or not: a tick is no less than the resolution.
    """
    kept = [(ratio, each.log_ratio_to_stream) for each in rounds if (ratio := each.log_ratio) is not None]
    streamed = [ratio for _, ratio in kept if ratio is not None]
    ticks = [each.tick for each in rounds if math.isfinite(each.tick)]
    whole = streamed if len(streamed) == len(kept) else None
    return Side([ratio for ratio, _ in kept], whole, max(RESOLUTION, *ticks, 0.0))


def levels_over(old: Side, new: Side, control: Control | None = None) -> tuple[Level, Level]:
    """The mean log ratios of both sides, to the same control: the better one where none is given.

    A control that was given is one that was chosen by other rounds than these. Products are it where one of the sides
    lacks the stream.
    """
    free = control is None and _known(old) and _known(new)
    of = 2 if free else 1
    if old.stream is None or new.stream is None or (control or chosen(old, new)) == "products":
        return _level(old, old.products, "products", of), _level(new, new.products, "products", of)
    return _level(old, old.stream, "stream", of), _level(new, new.stream, "stream", of)


def _level(side: Side, ratios: Sequence[float], control: Control, of: int) -> Level:
    return level(ratios, side.resolution)._replace(control=control, chosen_of=of)


def chosen(old: Side, new: Side) -> Control:
    """The control that leaves less within the sides: the stream only where that is plain.

    The variances are of the same rounds, so that they are compared as those of pairs (Pitman, Biometrika 31 (1939),
    9-12; Morgan, ibid., 13-19): sums and differences of the two are uncorrelated where the variances are equal.
    """
    if not (_known(old) and _known(new)):
        return "products"
    assert old.stream is not None  # noqa: S101 - it is known
    assert new.stream is not None  # noqa: S101 - as above
    products = _within(old.products, new.products)
    stream = _within(old.stream, new.stream)
    a, b = (math.fsum(each * each for each in residuals) for residuals in (products, stream))
    if a <= CLEARLY * b:
        return "products"
    both = math.fsum(x * y for x, y in zip(products, stream, strict=True))
    freedom = len(products) - 3  # two means, and the correlation's own
    unlike = (a + b) ** 2 - 4 * both**2 - (a - b) ** 2
    t = (a - b) * math.sqrt(freedom / unlike) if unlike > 0 else math.inf
    return "stream" if float(stdtr(freedom, -t)) < CHANCE else "products"


def _known(side: Side) -> bool:
    return side.stream is not None and len(side.stream) >= FEWEST


def _within(*sides: Sequence[float]) -> list[float]:
    """What each round is off its side's mean."""
    means = [math.fsum(each) / len(each) for each in sides]
    return [ratio - mean for each, mean in zip(sides, means, strict=True) for ratio in each]
