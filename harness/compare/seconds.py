"""The rule for times: worse is what is beyond chance over all cases that were looked at, and beyond the margin."""

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
"""When the rounds of a case ended: after a fixed number; once it was settled, by looks that spend the level; or once
a slowdown was unlikely, which spends nothing."""


def judge_seconds(
    pairs: Sequence[tuple[Row, Row]],
    levels: Sequence[tuple[Level, Level] | None],
    thresholds: Thresholds,
    between: Variance,
    *,
    how: Stopped = "never",
) -> list[Judgement | None]:
    """The times of cases that may be compared, all of them one family; None where neither side was timed.

    ``levels`` are each pair's, old and new, by `levels_of`; ``between`` is of the difference of the two sessions.
    """
    known = [each for each in levels if each is not None]
    judged = iter(judge_levels(known, thresholds, between, how=how))
    return [
        _untestable(old, new) if pair is None else _told(next(judged), old, new)
        for pair, (old, new) in zip(levels, pairs, strict=True)
    ]


def judge_levels(
    pairs: Sequence[tuple[Level, Level]], thresholds: Thresholds, between: Variance, *, how: Stopped = "never"
) -> list[Judgement]:
    """The same from the means of the rounds' log ratios alone.

    The test is Welch's on the logs, but no p-value is believed below the least that an exact permutation test could
    give with as many rounds: beyond that it is the normal distribution that speaks, not the rounds. ``how`` tells when
    the rounds of a case ended.
    """
    tests = [CaseTest(old.rounds, new.rounds, stats.difference(old, new, between)) for old, new in pairs]
    if how == "looks":
        adjusted = [each.adjusted_by_looks(len(tests), thresholds) for each in tests]
    else:
        adjusted = stats.holm([each.p for each in tests])
    judged = [judge(test, p, len(tests), thresholds) for test, p in zip(tests, adjusted, strict=True)]
    if how != "never":
        judged = [
            _told_as_left_alone(each, test, stats.student(*pair, between), thresholds)
            for each, test, pair in zip(judged, tests, pairs, strict=True)
        ]
    return [
        replace(each, evidence=Evidence(*pair, between), control=pair[0].control)
        for each, pair in zip(judged, pairs, strict=True)
    ]


@dataclass(frozen=True)
class CaseTest:
    """One case's test before the others are looked at."""

    old_rounds: int
    new_rounds: int
    difference: Difference

    @property
    def least_p(self) -> float:
        """What no test of so many rounds can pass below."""
        return stats.least_p_unpaired(self.old_rounds, self.new_rounds)

    @property
    def p(self) -> float:
        """The p-value that is believed."""
        return max(self.difference.p, self.least_p)

    def adjusted_by_looks(self, cases: int, thresholds: Thresholds) -> float:
        """The p-value for so many cases, where the rounds ended at a look that called it, or were cut short here."""
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


def _told_as_left_alone(judged: Judgement, test: CaseTest, found: Difference, thresholds: Thresholds) -> Judgement:
    """Says of a time that got few rounds because it needed no more what is known of it, in place of "too few"."""
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
    """The verdict on a time from the rounds of both measurements, over all cases that were looked at first.

    That only what looked slower was measured again does no harm: each of the cases has its whole share of the level
    set aside for this one test (Bonferroni). ``fresh``: whether the old and the new side of the second are rounds of
    their own.
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
    """None for what is beyond all bounds."""
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
    """Why no time of a run can ever get a verdict; empty where one can."""
    most = max((len(row.log_ratios) for row in run.rows), default=0)
    cases = sum(1 for row in run.rows if row.log_ratios)
    if not cases or most >= (needed := rounds_needed(cases, level)):
        return ""
    return (
        f"{count_text(most, 'round')} over {count_text(cases, 'case')}: too few for any verdict on a time; it takes "
        f"--rounds {needed}"
    )


def levels_of(old: Row, new: Row, control: Control | None = None) -> tuple[Level, Level] | None:
    """The means of the rounds' log ratios, to that control or the better one; None where a side has none."""
    if not (old.log_ratios and new.log_ratios):
        return None
    return levels_over(side_of(old.rounds.values()), side_of(new.rounds.values()), control)


def _told(judgement: Judgement, old: Row, new: Row) -> Judgement:
    """With the numbers that people read, and with the rounds that are missing."""
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
