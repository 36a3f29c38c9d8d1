"""Chooses the control by which a case's times are divided: the one that follows them better between processes.

Matrix products follow a compute-bound fit, a copy through memory a memory-bound one. The choice looks at the spread
within each side, never at the difference between sides, which is tested. As it uses the same rounds as the test, each
control gets half of the level (Bonferroni), so that the choice causes no false alarms.
"""

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

from scipy.special import stdtr

from harness.stats import RESOLUTION, Control, Level, Round, level

FEWEST = 6
"""Rounds per side from which a spread is known well enough to choose by."""

CLEARLY = 1.5
"""Factor by which the variance with products must exceed that with the stream; this saves a third of the rounds."""

CHANCE = 0.05
"""One-sided p-value below which it counts as larger."""


class Side(NamedTuple):
    """The log ratios of one side's rounds of a case."""

    products: Sequence[float]
    """Against the control of products."""
    stream: Sequence[float] | None = None
    """Against the streaming control, in the same order; None where some round lacks it."""
    resolution: float = RESOLUTION
    """Smallest standard deviation of a round that can be resolved."""


def side_of(rounds: Collection[Round]) -> Side:
    """The side with these rounds; those without a log ratio are left out.

    A sample of a few nanoseconds is a few clock ticks, so the resolution is at least a tick.
    """
    kept = [(ratio, each.log_ratio_to_stream) for each in rounds if (ratio := each.log_ratio) is not None]
    streamed = [ratio for _, ratio in kept if ratio is not None]
    ticks = [each.tick for each in rounds if math.isfinite(each.tick)]
    whole = streamed if len(streamed) == len(kept) else None
    return Side([ratio for ratio, _ in kept], whole, max(RESOLUTION, *ticks, 0.0))


def levels_over(old: Side, new: Side, control: Control | None = None) -> tuple[Level, Level]:
    """The mean log ratios of both sides, with the same control: the given one, else the better one.

    A given control was chosen by other rounds. Products are used where a side lacks the stream.
    """
    free = control is None and _known(old) and _known(new)
    of = 2 if free else 1
    if old.stream is None or new.stream is None or (control or chosen(old, new)) == "products":
        return _level(old, old.products, "products", of), _level(new, new.products, "products", of)
    return _level(old, old.stream, "stream", of), _level(new, new.stream, "stream", of)


def _level(side: Side, ratios: Sequence[float], control: Control, of: int) -> Level:
    return level(ratios, side.resolution)._replace(control=control, chosen_of=of)


def chosen(old: Side, new: Side) -> Control:
    """The control with the smaller variance within the sides: the stream only where it is clearly smaller.

    Both variances are of the same rounds, so they are compared by the test for paired variances (Pitman, Biometrika 31
    (1939), 9-12; Morgan, ibid., 13-19): sums and differences are uncorrelated where the variances are equal.
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
    freedom = len(products) - 3  # less two means, and one for the correlation
    unlike = (a + b) ** 2 - 4 * both**2 - (a - b) ** 2
    t = (a - b) * math.sqrt(freedom / unlike) if unlike > 0 else math.inf
    return "stream" if float(stdtr(freedom, -t)) < CHANCE else "products"


def _known(side: Side) -> bool:
    return side.stream is not None and len(side.stream) >= FEWEST


def _within(*sides: Sequence[float]) -> list[float]:
    """Residuals of the rounds about their side's mean."""
    means = [math.fsum(each) / len(each) for each in sides]
    return [ratio - mean for each, mean in zip(sides, means, strict=True) for ratio in each]
