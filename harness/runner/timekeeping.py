"""Whether what a worker says of its time can be: by the harness's own clock, and by the control."""

import math
from collections.abc import Sequence

from harness.runner.protocol import Sampled
from harness.stats import quantile

CLOCK_TOLERANCE = 0.01
"""By which a worker's clock may be ahead of the harness's."""

MOST_UNCLAIMED = (3.0, 1.0)
"""A worker's samples may take so many times as long as it says, and so many seconds, before it is not believed."""

LEAST_DRIFT = 0.25
"""Relative change of the control that is never called a drift, however steady it was."""

SPREADS = 3.0
"""Spreads of the control's samples that a drift is larger than."""

FEWEST = 5
"""Samples of the control by which a drift can be told."""


def why_impossible(claimed: float, elapsed: float) -> str:
    """Why samples cannot have taken what their worker says; empty where they can.

    Parameters
    ----------
    claimed : float
        Seconds of the samples and of the controls between them, by the worker.
    elapsed : float
        Seconds by the harness's own clock from the requests to the answers.
    """
    times, more = MOST_UNCLAIMED
    if claimed * (1 - CLOCK_TOLERANCE) <= elapsed <= times * claimed + more:
        return ""
    return (
        f"its clock is wrong: its samples took {claimed:.3g} s by their worker and {elapsed:.3g} s by the "
        "harness's clock"
    )


def why_own_impossible(sampled: Sampled) -> str:
    """Why a method's own clock cannot be believed; empty where it can, or there is none.

    Its one fit cannot have taken longer than the sample that it is the last of.
    """
    for own, seconds in zip(sampled.own_seconds, sampled.seconds, strict=False):
        whole = seconds * sampled.repeats
        if own > whole * (1 + CLOCK_TOLERANCE):
            return f"its own clock lies: {own:.3g} s for a fit in a sample that took {whole:.3g} s"
    return ""


def drifted(first: Sequence[float], beside: Sequence[float]) -> bool:
    """Whether the control beside a case's samples is another than when its worker was new, beyond the noise of both.

    The fastest samples are compared: whatever else runs on the machine can only make some of them slower, while a
    process in which the control itself has become slower has no fast ones.
    """
    if min(len(first), len(beside)) < FEWEST or min(*first, *beside) <= 0:
        return False
    noise = max(_spread(first), _spread(beside))
    return abs(math.log(min(beside) / min(first))) > math.log1p(LEAST_DRIFT + SPREADS * noise)


def _spread(seconds: Sequence[float]) -> float:
    ordered = sorted(seconds)
    return (quantile(ordered, 0.75) - quantile(ordered, 0.25)) / quantile(ordered, 0.5)
