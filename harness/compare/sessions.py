"""The variance between two runs beyond that of their rounds: between sessions, and between machines.

Rounds of one session share its memory layout, frequency and other load. Dividing by the control kernel removes what
affects all cases alike, not what affects one. The rest is a variance of its own, estimated from stored runs where there
are enough, else assumed.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from harness.compare.likeness import another_protocol
from harness.results import Run
from harness.stats import CERTAIN, RESOLUTION, Level, Variance, level

SESSIONS = 0.005
"""Assumed standard deviation of a case's log ratio between quiet sessions on one machine."""

MACHINES = 0.10
"""The same between machines: a matrix product and an interpreter's loop gain differently from a new processor."""

MOST = 10.0
"""Most times the assumed deviation that cases moving together can raise it to; more is not due to the session."""

FEWEST_RUNS = 4
"""Runs of a case on one machine from which the variance between sessions is estimated."""

FEWEST_CASES = 5
"""Cases from which a variance over cases is estimated."""

FEWEST_PEERS = 3
"""Cases with a program known to be unchanged from which the session's effect is estimated without the other cases."""

NORMAL_MEDIAN_SQUARE = 0.4549
"""The median of a squared standard normal number."""

MEDIAN_EFFICIENCY = 0.37
"""Efficiency of a scale estimated by medians (Rousseeuw & Croux, JASA 88 (1993), 1273-1283)."""

Point = tuple[str, Level]
"""A machine's id and a case's level in one run there."""


def between_sessions(new: Run, history: Sequence[Run], here: Collection[str]) -> tuple[Variance, str]:
    """Variance of the difference between two sessions on one machine, by its id, and its origin in words.

    From the differences of successive runs, minus what their rounds explain (von Neumann et al., Ann. Math. Statist. 12
    (1941), 153-162). The median over runs is used, as a step in the history is one difference among many; then the
    median over cases.
    """
    found: list[tuple[float, int]] = []
    for points in _cases(new, history):
        levels = [each for machine, each in points if {machine} == {*here}]
        if len(levels) >= FEWEST_RUNS:
            found.append((_variance(list(pairwise(levels))), len(levels)))
    if len(found) < FEWEST_CASES:
        return Variance(2 * SESSIONS**2, math.inf), f"assumed to differ by {SESSIONS:.1%} from session to session"
    variance = statistics.median(variance for variance, _ in found)
    runs = statistics.median(runs for _, runs in found)
    origin = f"observed to differ by {math.sqrt(variance / 2):.1%} from session to session, over {runs:g} stored runs"
    return Variance(variance, runs - 1), origin


def between_machines(old: Run, new: Run, history: Sequence[Run], both: Collection[str]) -> tuple[Variance, str]:
    """Variance of the difference between two machines, by their ids, from cases that stored runs measured on both."""
    found = [
        pairs
        for points in _cases(new, [*history, old])
        if (pairs := [(a, b) for (here, a), (there, b) in combinations(points, 2) if {here, there} == {*both}])
    ]
    if len(found) < FEWEST_CASES:
        return Variance(2 * MACHINES**2, math.inf), f"assumed to differ by {MACHINES:.0%} from machine to machine"
    variance = _variance([pair for pairs in found for pair in pairs])
    origin = (
        f"observed to differ by {math.sqrt(variance):.0%} between the two, over {len(found)} cases measured on both"
    )
    return Variance(variance, len(found) - 1), origin


def moved_together(pairs: Sequence[tuple[Level, Level]], between: Variance, fewest: int = FEWEST_CASES) -> Variance:
    """The variance between two sessions, raised as far as needed to explain how far most cases moved.

    Other load in one of two sessions slows an interpreter's loop more than the control, and all such cases alike: here
    by 3 to 15 %. Unchanged cases show this as long as they are the majority: where the median of the squared
    standardised differences is beyond chance, the variance is raised until that median is a normal distribution's (as
    Paule & Mandel, J. Res. NBS 87 (1982), 377-385, do for the mean). A real slowdown of all cases is then undecided,
    unless it is beyond `MOST`, or both sides are of one session, whose variance `CERTAIN` is kept. The pairs are the
    cases' old and new levels; with fewer than ``fewest`` nothing is raised.
    """
    tests = [(old.mean - new.mean, old.variance + new.variance) for old, new in pairs]
    known = [(difference**2, variance) for difference, variance in tests if math.isfinite(variance)]
    if between is CERTAIN or len(known) < fewest:
        return between
    if _middle(known, between.variance) <= _chance(len(known)):
        return between
    low = max(between.variance, RESOLUTION**2)
    high = most = MOST**2 * max(between.variance, 2 * SESSIONS**2)
    while high > 1.01 * low:
        guess = math.sqrt(low * high)
        low, high = (guess, high) if _middle(known, guess) > NORMAL_MEDIAN_SQUARE else (low, guess)
    return Variance(high, math.inf if high == most else MEDIAN_EFFICIENCY * len(known))


def _chance(cases: int) -> float:
    """The 99th percentile of the median of so many squared standard normal numbers."""
    share = min(0.99, 0.5 + 2.33 * 0.5 / math.sqrt(cases))
    return statistics.NormalDist().inv_cdf((1 + share) / 2) ** 2


def _middle(known: Sequence[tuple[float, float]], between: float) -> float:
    return statistics.median(square / (variance + between) for square, variance in known)


def _variance(pairs: Sequence[tuple[Level, Level]]) -> float:
    """Variance of the differences within pairs, minus what the rounds explain, robust against outliers."""
    squares = statistics.median((a.mean - b.mean) ** 2 for a, b in pairs)
    return max(0.0, squares / NORMAL_MEDIAN_SQUARE - statistics.fmean(a.variance + b.variance for a, b in pairs))


def _cases(new: Run, history: Iterable[Run]) -> Iterator[list[Point]]:
    """For each case of the new run, its levels in earlier runs of the same protocol and data, oldest first."""
    wanted = {row.case.id: row.fingerprints for row in new.rows}
    found: dict[str, list[Point]] = defaultdict(list)
    known = {run.id: run for run in history}
    for run in sorted(known.values(), key=lambda run: run.header.started):
        if run.id == new.id or run.header.plan.threads != new.header.plan.threads or another_protocol(run, new):
            continue
        for row in run.rows:
            case = row.case.id
            if wanted.get(case) == row.fingerprints and len(ratios := row.log_ratios) > 1 and len(row.machines) < 2:
                found[case].append((next(iter(row.machines), ""), level(ratios)))
    yield from found.values()
