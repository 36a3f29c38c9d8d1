"""The rule for times: worse is what is beyond chance over all cases compared, and beyond the margin."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness import stats
from harness.compare.comparison import Evidence, Judgement, Verdict
from harness.compare.controls import levels_over, side_of
from harness.compare.sequential import adjusted_p, left_alone, unlikely, worth
from harness.compare.thresholds import Thresholds
from harness.results import Row, Run
from harness.stats import Control, Difference, Level, Variance
from harness.units import count_text

MOST_ROUNDS = 100

Stopped = Literal["never", "looks", "unlikely"]
"""How the number of rounds of a case was decided: fixed; by looks that spend the level, until it was settled; or until
a slowdown was unlikely, which spends none of the level."""


def judge_seconds(
    pairs: Sequence[tuple[Row, Row]],
    levels: Sequence[tuple[Level, Level] | None],
    thresholds: Thresholds,
    between: Variance,
    *,
    how: Stopped = "never",
) -> list[Judgement | None]:
    """Judge the times of comparable cases as one family of tests; None where neither side was timed.

    ``levels`` has each pair's, by `levels_of`; ``between`` is the variance of the difference between the two sessions.
    """
    known = [each for each in levels if each is not None]
    judged = iter(judge_levels(known, thresholds, between, how=how))
    return [
        _untestable(old, new) if pair is None else _with_medians(next(judged), old, new)
        for pair, (old, new) in zip(levels, pairs, strict=True)
    ]


def judge_levels(
    pairs: Sequence[tuple[Level, Level]], thresholds: Thresholds, between: Variance, *, how: Stopped = "never"
) -> list[Judgement]:
    """As `judge_seconds`, from the means of the rounds' log ratios alone.

    The test is Welch's on the logs. A p-value is at least the smallest that an exact permutation test could give with
    as many rounds: below that it would rest on the assumption of normality alone.
    """
    tests = [CaseTest(old.rounds, new.rounds, stats.difference(old, new, between)) for old, new in pairs]
    if how == "looks":
        adjusted = [each.adjusted_by_looks(len(tests), thresholds) for each in tests]
    else:
        adjusted = stats.holm([each.p for each in tests])
    judged = [judge(test, p, len(tests), thresholds) for test, p in zip(tests, adjusted, strict=True)]
    if how != "never":
        judged = [
            _explain_stop(each, test, stats.student(*pair, between), thresholds)
            for each, test, pair in zip(judged, tests, pairs, strict=True)
        ]
    return [
        replace(each, evidence=Evidence(*pair, between), control=pair[0].control)
        for each, pair in zip(judged, pairs, strict=True)
    ]


@dataclass(frozen=True)
class CaseTest:
    """One case's test, before adjustment for the others."""

    old_rounds: int
    new_rounds: int
    difference: Difference

    @property
    def least_p(self) -> float:
        """The smallest p-value of a permutation test with so many rounds."""
        return stats.least_p_unpaired(self.old_rounds, self.new_rounds)

    @property
    def p(self) -> float:
        """The p-value, at least `least_p`."""
        return max(self.difference.p, self.least_p)

    def adjusted_by_looks(self, cases: int, thresholds: Thresholds) -> float:
        """The p-value for so many cases, where the rounds ended at a look that decided, or were cut short."""
        rounds = min(self.old_rounds, self.new_rounds)
        called = adjusted_p(self.difference, rounds, cases)
        if called <= thresholds.level or left_alone(self.difference, rounds, thresholds):
            return called
        return adjusted_p(self.difference, rounds, cases, last=True)


def judge(test: CaseTest, adjusted: float, cases: int, thresholds: Thresholds) -> Judgement:
    """The verdict on a time, from its test and the p-value adjusted for so many cases."""
    found, margin = test.difference, math.log1p(thresholds.margin)
    low, high = found.interval(1 - thresholds.level)
    mute = test.least_p * cases > thresholds.level
    slower = found.estimate > margin
    base = Judgement(
        kind="seconds",
        verdict="undecided",
        effect=_relative(found.estimate),
        low=_relative(low),
        high=_relative(high),
        visible=None if mute else _relative(found.visible(thresholds.level / cases, thresholds.power, margin)),
        p=adjusted,
    )
    if adjusted <= thresholds.level and abs(found.estimate) > margin:
        return replace(base, verdict="worse" if slower else "better")
    suspect = slower and test.p <= thresholds.screen
    if mute:
        return replace(base, suspect=suspect, reasons=(_too_few(test, cases, thresholds),))
    if max(-low, high) < margin:
        return replace(base, verdict="same")
    return replace(base, suspect=suspect)


def _explain_stop(judged: Judgement, test: CaseTest, found: Difference, thresholds: Thresholds) -> Judgement:
    """For a time that got few rounds because a slowdown was unlikely, says so in place of "too few rounds"."""
    least = worth(thresholds)
    if judged.verdict != "undecided" or not unlikely(found, least):
        return judged
    faster = unlikely(found._replace(estimate=-found.estimate), least)
    rounds, share = count_text(test.new_rounds, "round"), f"{math.expm1(least):.1%}"
    reason = f"after {rounds} a slowdown of {share} is unlikely"
    verdict: Verdict = "same" if faster else "undecided"
    return replace(judged, verdict=verdict, suspect=False, visible=math.expm1(least), reasons=(reason,))


def judge_again(
    first: Evidence, again: Evidence, fresh: tuple[bool, bool], cases: int, thresholds: Thresholds
) -> Judgement:
    """The verdict on a time from the rounds of both measurements, over all cases of the first.

    Measuring only what looked slower again causes no false alarms: each case has its share of the level reserved for
    this one test (Bonferroni). ``fresh``: whether the old and the new side of the second measurement are new rounds.
    """
    if all(fresh):
        rounds = first.old.rounds + again.old.rounds, first.new.rounds + again.new.rounds
        test = CaseTest(*rounds, stats.combined(stats.difference(*first), stats.difference(*again)))
    else:
        old = stats.merged(first.old, again.old) if fresh[0] else first.old
        new = stats.merged(first.new, again.new) if fresh[1] else first.new
        test = CaseTest(old.rounds, new.rounds, stats.difference(old, new, first.between))
    return judge(test, min(1.0, cases * test.p), cases, thresholds)


def _relative(log_ratio: float) -> float | None:
    """The relative change; None beyond a factor of 10**12."""
    return math.expm1(log_ratio) if log_ratio < math.log(1e12) else None


def _too_few(test: CaseTest, cases: int, thresholds: Thresholds) -> str:
    needed = rounds_needed(cases, thresholds.level)
    over = "for one case" if cases == 1 else f"over {cases} cases"
    rounds = f"{test.old_rounds} and {test.new_rounds}"
    return f"too few rounds: {rounds}; {over} it takes {needed} per side: --rounds {needed}"


def rounds_needed(cases: int, level: float) -> int:
    """The fewest rounds per side with which a test can reach its level over so many cases."""
    return next(n for n in range(2, MOST_ROUNDS) if stats.least_p_unpaired(n, n) * cases <= level)


def too_few_rounds(run: Run, level: float) -> str:
    """Why no time of a run can get a verdict; empty where one can."""
    most = max((len(row.log_ratios) for row in run.rows), default=0)
    cases = sum(1 for row in run.rows if row.log_ratios)
    if not cases or most >= (needed := rounds_needed(cases, level)):
        return ""
    return (
        f"{count_text(most, 'round')} over {count_text(cases, 'case')}: too few for any verdict on a time; it takes "
        f"--rounds {needed}"
    )


def levels_of(old: Row, new: Row, control: Control | None = None) -> tuple[Level, Level] | None:
    """Mean log ratios of both sides, with the given control or the better one; None where a side has none."""
    if not (old.log_ratios and new.log_ratios):
        return None
    return levels_over(side_of(old.rounds.values()), side_of(new.rounds.values()), control)


def _with_medians(judgement: Judgement, old: Row, new: Row) -> Judgement:
    """The judgement with both medians, and with notes on missing rounds and noise."""
    lost = [
        f"{len(row.log_ratios)} of {len(row.measurements)} {which} rounds were timed"
        for row, which in ((old, "old"), (new, "new"))
        if len(row.log_ratios) < len(row.measurements)
    ]
    noisy = [f"the {which} run" for row, which in ((old, "old"), (new, "new")) if row.noisy]
    busy = f"noisy: {' and '.join(noisy)}" if noisy else ""
    return replace(judgement, old=_median(old), new=_median(new), reasons=(*judgement.reasons, *lost, busy))


def _untestable(old: Row, new: Row) -> Judgement | None:
    if not old.rounds and not new.rounds:
        return None
    without = [which for row, which in ((old, "old"), (new, "new")) if not row.rounds]
    if without:
        reason = f"the {without[0]} run has no time for it"
    else:
        reason = "no ratio to test: samples of 0 s, or no control beside them"
    return Judgement(kind="seconds", verdict="undecided", old=_median(old), new=_median(new), reasons=(reason,))


def _median(row: Row) -> float | None:
    return None if row.timing is None else row.timing.median
