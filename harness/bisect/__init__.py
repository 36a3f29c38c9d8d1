"""Finds the release that made a case worse: a bisection over what an index offers, judged by the gate's rules."""

from collections.abc import Callable, Sequence

from harness.bisect.bench import Bench, Measure
from harness.bisect.bisection import METRICS, Bisection, Metric, Outcome, ReleaseResult, ReleaseVerdict
from harness.bisect.search import search
from harness.compare import DEFAULT_THRESHOLDS, Thresholds
from harness.revisions.library import LibraryCommit

__all__ = [
    "METRICS", "ROUNDS", "Bisection", "Measure", "Metric", "Outcome", "ReleaseResult", "ReleaseVerdict", "bisect",
]  # fmt: skip

ROUNDS: dict[Metric, int] = {"digits": 1, "seconds": 12}
"""Rounds per measurement; digits do not vary by chance."""


def bisect(
    releases: Sequence[str | LibraryCommit],
    measure: Measure,
    *,
    metric: Metric = "digits",
    rounds: int | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    tell: Callable[[ReleaseVerdict], None] | None = None,
    package: str = "",
    case: str = "",
) -> Bisection:
    """Find the first release that is worse than the oldest.

    Each is compared with the oldest that runs. Digits are worse by the gate's rule for digits; times, measured in turn
    with the good end's, by its rule for times, and measured again where they are undecided.

    Parameters
    ----------
    releases : sequence of str or LibraryCommit
        Oldest first; commits, whose order is that of their ancestors, before all that they are ancestors of.
    metric : {"digits", "seconds"}
        A worse status counts with both.
    rounds : int, optional
        Of each measurement; as `ROUNDS` has it when left out.
    tell : callable, optional
        Called with each release's verdict as it is reached.
    package, case : str
        What it is about, for the record.
    """
    bench = Bench(measure, metric, thresholds, rounds or ROUNDS[metric], tell)
    commits = tuple(each for each in releases if isinstance(each, LibraryCommit))
    names = tuple(each.label if isinstance(each, LibraryCommit) else each for each in releases)
    ancestors = [each.ancestors for each in commits] or None
    found = search(len(names), lambda i: bench.begin(names[i]), lambda i: bench.judge(names[i]), ancestors)
    return Bisection(
        package=package,
        case=case,
        metric=metric,
        releases=names,
        steps=tuple(bench.steps),
        found=found,
        commits=commits,
    )
