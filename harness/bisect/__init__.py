"""Which release made it worse: a bisection over what an index offers, each step measured and judged by the gate."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.bisect.bench import Bench, Measure
from harness.bisect.model import METRICS, Bisection, Figures, Metric, Outcome, Step
from harness.bisect.search import search
from harness.compare import DEFAULT_GATE, Gate

__all__ = ["METRICS", "ROUNDS", "Bisection", "Figures", "Measure", "Metric", "Outcome", "Step", "bisect"]

ROUNDS: dict[Metric, int] = {"digits": 1, "seconds": 12}
"""Rounds of a measurement; digits do not vary by chance."""


def bisect(
    releases: Sequence[str],
    measure: Measure,
    *,
    metric: Metric = "digits",
    rounds: int | None = None,
    gate: Gate = DEFAULT_GATE,
    tell: Callable[[Step], None] | None = None,
    package: str = "",
    case: str = "",
) -> Bisection:
    """Find the first release that is worse than the oldest.

    Each is held against the oldest that runs. Digits are worse by the gate's rule for digits; times, measured in turn
    with the good end's, by its rule for times, and measured again where they do not tell.

    Parameters
    ----------
    releases : sequence of str
        Oldest first.
    measure : callable
    metric : {"digits", "seconds"}
        A worse status counts with both.
    rounds : int, optional
        Of each measurement; as `ROUNDS` has it when left out.
    gate : Gate
    tell : callable, optional
        Is told of every step as it is taken.
    package, case : str
        What it is about, for the record.
    """
    bench = Bench(measure, metric, gate, rounds or ROUNDS[metric], tell)
    found = search(len(releases), lambda i: bench.begin(releases[i]), lambda i: bench.judge(releases[i]))
    return Bisection(
        package=package,
        case=case,
        metric=metric,
        releases=tuple(releases),
        steps=tuple(bench.steps),
        found=found,
    )
