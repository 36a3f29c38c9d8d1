"""Finds the release that made a case worse: a bisection over the releases of an index, judged by the gate's rules."""

from collections.abc import Callable, Sequence

from harness.bisect.bisection import METRICS, Bisection, Metric, Outcome, ReleaseResult, ReleaseVerdict
from harness.bisect.judge import Measure, ReleaseJudge
from harness.bisect.search import search
from harness.compare import DEFAULT_THRESHOLDS, Thresholds
from harness.revisions.library import LibraryCommit

__all__ = [
    "METRICS", "ROUNDS", "Bisection", "Measure", "Metric", "Outcome", "ReleaseResult", "ReleaseVerdict", "bisect",
]  # fmt: skip

ROUNDS: dict[Metric, int] = {"digits": 1, "seconds": 12}
"""Rounds per measurement; digits have no noise."""


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

    Each is compared with the oldest that runs, by the gate's rules for digits or for times. Times are measured in turn
    with those of the good end, and measured again while undecided.

    Parameters
    ----------
    releases : sequence of str or LibraryCommit
        Oldest first; commits after their ancestors.
    metric : {"digits", "seconds"}
        With both, a worse status also counts.
    rounds : int, optional
        Of each measurement; from `ROUNDS` when left out.
    tell : callable, optional
        Called with each release's verdict as it is reached.
    package, case : str
        For the record.
    """
    judge = ReleaseJudge(measure, metric, thresholds, rounds or ROUNDS[metric], tell)
    commits = tuple(each for each in releases if isinstance(each, LibraryCommit))
    names = tuple(each.label if isinstance(each, LibraryCommit) else each for each in releases)
    ancestors = [each.ancestors for each in commits] or None
    found = search(len(names), lambda i: judge.begin(names[i]), lambda i: judge.judge(names[i]), ancestors)
    return Bisection(
        package=package,
        case=case,
        metric=metric,
        releases=names,
        steps=tuple(judge.steps),
        found=found,
        commits=commits,
    )
