"""The rule for times: worse is what is beyond chance over all cells that were looked at, and beyond the margin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.compare.model import Evidence, Gate, Judgement
from harness.results import Row
from harness.stats import (
    RESOLUTION,
    Difference,
    Level,
    Variance,
    combined,
    difference,
    holm,
    least_p_unpaired,
    level,
    merged,
)

__all__ = ["CellTest", "judge", "judge_again", "judge_levels", "judge_seconds", "levels_of", "rounds_needed"]

MOST_ROUNDS = 100


def judge_seconds(
    pairs: Sequence[tuple[Row, Row]], levels: Sequence[tuple[Level, Level] | None], gate: Gate, between: Variance
) -> list[Judgement | None]:
    """The times of cases that may be compared, all of them one family; None where neither side was timed.

    Parameters
    ----------
    pairs : sequence of (Row, Row)
        Old and new.
    levels : sequence of (Level, Level) or None
        Of each pair, as `levels_of` has them.
    gate : Gate
    between : Variance
        Of the difference of the two sessions.
    """
    judged = iter(judge_levels([each for each in levels if each is not None], gate, between))
    return [
        _untestable(old, new) if pair is None else _told(next(judged), old, new)
        for pair, (old, new) in zip(levels, pairs, strict=True)
    ]


def judge_levels(pairs: Sequence[tuple[Level, Level]], gate: Gate, between: Variance) -> list[Judgement]:
    """The same from the means of the rounds' log figures alone.

    The test is Welch's on the logs, but no p-value is believed below the least that an exact permutation test could
    give with as many rounds: beyond that it is the normal distribution that speaks, not the rounds.
    """
    tests = [CellTest(old.rounds, new.rounds, difference(old, new, between)) for old, new in pairs]
    adjusted = holm([each.p for each in tests])
    judged = [judge(test, p, len(tests), gate) for test, p in zip(tests, adjusted, strict=True)]
    return [replace(each, evidence=Evidence(*pair, between)) for each, pair in zip(judged, pairs, strict=True)]


@dataclass(frozen=True)
class CellTest:
    """One cell's test before the others are looked at."""

    old_rounds: int
    new_rounds: int
    difference: Difference

    @property
    def least_p(self) -> float:
        """What no test of so many rounds can pass below."""
        return least_p_unpaired(self.old_rounds, self.new_rounds)

    @property
    def p(self) -> float:
        """The p-value that is believed."""
        return max(self.difference.p, self.least_p)


def judge(test: CellTest, adjusted: float, cells: int, gate: Gate) -> Judgement:
    """The verdict on a time, from its test and the p-value adjusted for so many cells."""
    found, margin = test.difference, math.log1p(gate.margin)
    low, high = found.interval(1 - gate.level)
    mute = test.least_p * cells > gate.level
    slower = found.estimate > margin
    base = Judgement(
        kind="seconds",
        verdict="undecided",
        effect=_relative(found.estimate),
        low=_relative(low),
        high=_relative(high),
        visible=None if mute else _relative(found.visible(gate.level / cells, gate.power, margin)),
        p=adjusted,
    )
    if adjusted <= gate.level and abs(found.estimate) > margin:
        return replace(base, verdict="worse" if slower else "better")
    suspect = slower and test.p <= gate.screen
    if mute:
        return replace(base, suspect=suspect, reason=_too_few(test, cells, gate))
    if max(-low, high) < margin:
        return replace(base, verdict="same")
    return replace(base, suspect=suspect)


def judge_again(first: Evidence, again: Evidence, fresh: tuple[bool, bool], cells: int, gate: Gate) -> Judgement:
    """The verdict on a time from the rounds of both measurements, over all cells that were looked at first.

    That only what looked slower was measured again does no harm: each of the cells has its whole share of the level
    set aside for this one test (Bonferroni).

    Parameters
    ----------
    first, again : Evidence
    fresh : (bool, bool)
        Whether the old and the new side of the second are rounds of their own.
    cells : int
    gate : Gate
    """
    if all(fresh):
        test = CellTest(
            first.old.rounds + again.old.rounds,
            first.new.rounds + again.new.rounds,
            combined(difference(*first), difference(*again)),
        )
    else:
        old = merged(first.old, again.old) if fresh[0] else first.old
        new = merged(first.new, again.new) if fresh[1] else first.new
        test = CellTest(old.rounds, new.rounds, difference(old, new, first.between))
    return judge(test, min(1.0, cells * test.p), cells, gate)


def _relative(log_ratio: float) -> float | None:
    """None for what is beyond all bounds."""
    return math.expm1(log_ratio) if log_ratio < math.log(1e12) else None


def _too_few(test: CellTest, cells: int, gate: Gate) -> str:
    needed = rounds_needed(cells, gate.level)
    over = "for one cell" if cells == 1 else f"over {cells} cells"
    return f"too few rounds: {test.old_rounds} and {test.new_rounds}; {over} it takes {needed} a side"


def rounds_needed(cells: int, level: float) -> int:
    """The fewest rounds a side with which a test can reach its level over so many cells."""
    return next(n for n in range(2, MOST_ROUNDS) if least_p_unpaired(n, n) * cells <= level)


def levels_of(old: Row, new: Row) -> tuple[Level, Level] | None:
    """The means of the rounds' log figures; None where a side has none."""
    if not (old.figures and new.figures):
        return None
    return level(old.figures, _resolution(old)), level(new.figures, _resolution(new))


def _resolution(row: Row) -> float:
    """What a round can tell apart: a sample of a few nanoseconds is a few ticks of the clock, all equal or not."""
    return max(RESOLUTION, *(each.tick for each in row.rounds.values() if math.isfinite(each.tick)))


def _told(judgement: Judgement, old: Row, new: Row) -> Judgement:
    """With the figures that people read, and with the rounds that are missing."""
    lost = [
        f"{len(row.figures)} of {len(row.measurements)} {which} rounds were timed"
        for row, which in ((old, "old"), (new, "new"))
        if len(row.figures) < len(row.measurements)
    ]
    noisy = [f"noisy: the {which} run" for row, which in ((old, "old"), (new, "new")) if row.noisy]
    reason = "; ".join(filter(None, [judgement.reason, *lost, *noisy]))
    return replace(judgement, old=_median(old), new=_median(new), reason=reason)


def _untestable(old: Row, new: Row) -> Judgement | None:
    if not old.rounds and not new.rounds:
        return None
    without = [which for row, which in ((old, "old"), (new, "new")) if not row.rounds]
    if without:
        reason = f"the {without[0]} run has no time for it"
    else:
        reason = "samples of 0 s, or no control beside them: there is no ratio to test"
    return Judgement(kind="seconds", verdict="undecided", old=_median(old), new=_median(new), reason=reason)


def _median(row: Row) -> float | None:
    timed = row.seconds()
    return None if timed is None else float(timed["median"])
