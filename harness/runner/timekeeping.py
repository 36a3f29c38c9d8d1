"""Whether a worker's times are plausible, by the harness's own clock and by the control."""

import math
from collections.abc import Sequence

from harness.runner.protocol import Sampled
from harness.stats import quantile

CLOCK_TOLERANCE = 0.01
"""Relative amount by which a worker's clock may exceed the harness's."""

MOST_UNACCOUNTED = (3.0, 1.0)
"""A factor and seconds: by the harness's clock, samples may take the worker's time times the first plus the second."""

LEAST_DRIFT = 0.25
"""Smallest relative change of the control that is called a drift, however small its noise."""

SPREADS = 3.0
"""A drift exceeds so many relative interquartile ranges of the control's samples."""

FEWEST = 5
"""Samples of the control needed to detect a drift."""


def why_impossible(claimed: float, elapsed: float) -> str:
    """Why samples cannot have taken the time that their worker reports; empty where they can.

    Parameters
    ----------
    claimed : float
        Seconds of the samples and of the controls between them, by the worker.
    elapsed : float
        Seconds by the harness's own clock from the requests to the answers.
    """
    times, more = MOST_UNACCOUNTED
    if claimed * (1 - CLOCK_TOLERANCE) <= elapsed <= times * claimed + more:
        return ""
    return (
        f"its clock is wrong: its samples took {claimed:.3g} s by their worker and {elapsed:.3g} s by the "
        "harness's clock"
    )


def why_own_impossible(sampled: Sampled) -> str:
    """Why the times of a method's own clock are impossible; empty where they are not, or there are none.

    One fit cannot have taken longer than the whole sample that contains it.
    """
    for own, seconds in zip(sampled.own_seconds, sampled.seconds, strict=False):
        whole = seconds * sampled.repeats
        if own > whole * (1 + CLOCK_TOLERANCE):
            return f"its own clock is wrong: {own:.3g} s for a fit in a sample that took {whole:.3g} s"
    return ""


def drifted(first: Sequence[float], beside: Sequence[float]) -> bool:
    """Whether the control beside a case's samples differs from that of the new worker, beyond the noise of both.

    The fastest samples are compared: other programs can only slow some of them down, while a process in which the
    control itself has become slower has no fast ones.
    """
    if min(len(first), len(beside)) < FEWEST or min(*first, *beside) <= 0:
        return False
    noise = max(_spread(first), _spread(beside))
    return abs(math.log(min(beside) / min(first))) > math.log1p(LEAST_DRIFT + SPREADS * noise)


def _spread(seconds: Sequence[float]) -> float:
    ordered = sorted(seconds)
    return (quantile(ordered, 0.75) - quantile(ordered, 0.25)) / quantile(ordered, 0.5)
