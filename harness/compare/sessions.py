"""What two runs have against each other apart from their rounds: another hour, perhaps another machine.

Rounds of one session share its memory layout, frequency and neighbours; the control kernel takes out what hits all
cases alike, not what hits one. How much is left is a variance of its own, estimated from stored runs where there are
enough of them, assumed where there are not.
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
"""The same between machines: a matrix product and an interpreter's loop do not gain alike from a new processor."""

MOST = 10.0
"""How many times the assumed deviation cases that move together may argue for; what is beyond it is not the hour."""

FEWEST_RUNS = 4
"""Runs of a case on one machine from which the variance between sessions is estimated."""

FEWEST_CASES = 5
"""Cases from which a variance over cases is."""

FEWEST_PEERS = 3
"""Cases whose program is known to be the same on both sides, from which the session is read without the others."""

NORMAL_MEDIAN_SQUARE = 0.4549
"""The median of a squared standard normal number."""

MEDIAN_EFFICIENCY = 0.37
"""Of a scale estimated by medians (Rousseeuw & Croux, JASA 88 (1993), 1273-1283): so many cases are worth one."""

Point = tuple[str, Level]
"""A machine's id and a case's level in one run there."""


def between_sessions(new: Run, history: Sequence[Run], here: Collection[str] = ()) -> tuple[Variance, str]:
    """Of the difference of two sessions on the machine of that id, or the run's own, and where it comes from.

    From the differences of successive runs, less what their rounds explain (von Neumann et al., Ann. Math. Statist. 12
    (1941), 153-162), by their median: a step in the history, a new release say, is one difference among many. Of all
    cases the median again.
    """
    found: list[tuple[float, int]] = []
    wanted = {*here} or {new.header.machine.id}
    for points in _cases(new, history):
        levels = [each for machine, each in points if {machine} == wanted]
        if len(levels) >= FEWEST_RUNS:
            found.append((_variance(list(pairwise(levels))), len(levels)))
    if len(found) < FEWEST_CASES:
        return Variance(2 * SESSIONS**2, math.inf), f"assumed to differ by {SESSIONS:.1%} from session to session"
    variance = statistics.median(variance for variance, _ in found)
    runs = statistics.median(runs for _, runs in found)
    told = f"observed to differ by {math.sqrt(variance / 2):.1%} from session to session, over {runs:g} stored runs"
    return Variance(variance, runs - 1), told


def between_machines(old: Run, new: Run, history: Sequence[Run], both: Collection[str]) -> tuple[Variance, str]:
    """Of the difference between two machines, given by their ids, from cases that stored runs measured on both."""
    found = [
        pairs
        for points in _cases(new, [*history, old])
        if (pairs := [(a, b) for (here, a), (there, b) in combinations(points, 2) if {here, there} == {*both}])
    ]
    if len(found) < FEWEST_CASES:
        return Variance(2 * MACHINES**2, math.inf), f"assumed to differ by {MACHINES:.0%} from machine to machine"
    variance = _variance([pair for pairs in found for pair in pairs])
    told = f"observed to differ by {math.sqrt(variance):.0%} between the two, over {len(found)} cases measured on both"
    return Variance(variance, len(found) - 1), told


def moved_together(pairs: Sequence[tuple[Level, Level]], between: Variance, fewest: int = FEWEST_CASES) -> Variance:
    """The variance between two sessions, raised to what it takes to explain how far most of their cases moved.

    A neighbour that comes between two sessions slows an interpreter's loop by more than the control, and all such
    cases alike: here by 3 to 15 %. Cells that did not change are the measure of that, as long as they are the most:
    where the median of their squared standardised differences is beyond chance, the variance is raised until that
    median is a normal distribution's (as Paule & Mandel, J. Res. NBS 87 (1982), 377-385, have it for the mean). What
    all cases have lost in truth is then undecided, unless it is beyond `MOST` or both sides are of one session, whose
    variance is `CERTAIN`, and left as it is. The pairs are the cases' old and new levels; fewer than
    ``fewest`` say nothing.
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
    """What the median of so many squared standard normal numbers passes one time in a hundred."""
    share = min(0.99, 0.5 + 2.33 * 0.5 / math.sqrt(cases))
    return statistics.NormalDist().inv_cdf((1 + share) / 2) ** 2


def _middle(known: Sequence[tuple[float, float]], between: float) -> float:
    return statistics.median(square / (variance + between) for square, variance in known)


def _variance(pairs: Sequence[tuple[Level, Level]]) -> float:
    """Of the differences within pairs, beyond what the rounds explain, unmoved by a few that are odd."""
    squares = statistics.median((a.mean - b.mean) ** 2 for a, b in pairs)
    return max(0.0, squares / NORMAL_MEDIAN_SQUARE - statistics.fmean(a.variance + b.variance for a, b in pairs))


def _cases(new: Run, history: Iterable[Run]) -> Iterator[list[Point]]:
    """The levels of each of the new run's cases in earlier runs of the same protocol over the same data, by time."""
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
