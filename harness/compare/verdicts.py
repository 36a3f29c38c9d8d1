"""Two runs to verdicts."""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from harness.compare.comparison import CaseVerdict, Comparison, Judgement, worst
from harness.compare.likeness import another_machine, another_protocol, new_options, unlike
from harness.compare.numbers import judge_numbers
from harness.compare.seconds import judge_seconds, levels_of
from harness.compare.sessions import between_machines, between_sessions, moved_together
from harness.compare.thresholds import DEFAULT_THRESHOLDS, Thresholds
from harness.results import Row, Run
from harness.stats import CERTAIN, Level, Variance


def compare(
    old: Run,
    new: Run,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    *,
    history: Sequence[Run] = (),
    only: Collection[str] | None = None,
    side_by_side: bool = False,
) -> Comparison:
    """What changed from one run to another.

    Parameters
    ----------
    history : sequence of Run
        Earlier runs, from which it is told how much sessions and machines differ of themselves.
    only : collection of str, optional
        The cases to look at, as when only these were measured again; all when left out.
    side_by_side : bool
        Whether the rounds of both were measured in turn in one session, so that no session stands between them.
    """
    apart = _Apart.of(old, new, history, side_by_side)
    before = {row.case.id: row for row in old.rows if only is None or row.case.id in only}
    after = {row.case.id: row for row in new.rows if only is None or row.case.id in only}
    common = {case: (before[case], after[case]) for case in before if case in after}
    reasons = {case: unlike(*pair, old.header.plan.threads, new.header.plan.threads) for case, pair in common.items()}
    pairs = {case: pair for case, pair in common.items() if not reasons[case]}
    judged, drift = _times(list(pairs.values()), thresholds, apart)
    times = dict(zip(pairs, judged, strict=True))
    cases = []
    for case in [*before, *(case for case in after if case not in before)]:
        if case in pairs:
            cases.append(_case(case, *pairs[case], times[case], thresholds, moved=apart.moved))
        elif case in common:
            cases.append(CaseVerdict(case=case, verdict="incomparable", reason=reasons[case]))
        elif case in before:
            cases.append(CaseVerdict(case=case, verdict="gone", reason=_why_gone(case, new)))
        else:
            cases.append(CaseVerdict(case=case, verdict="new", reason=f"not in {old.id}"))
    notes = (*apart.notes, *drift, *_interrupted(old), *_interrupted(new))
    return Comparison(old=old.id, new=new.id, thresholds=thresholds, cases=tuple(cases), notes=notes)


@dataclass(frozen=True)
class _Apart:
    """What stands between two runs' times: another protocol, another machine, another hour."""

    protocol: str
    moved: bool
    between: Variance
    notes: tuple[str, ...]

    @classmethod
    def of(cls, old: Run, new: Run, history: Sequence[Run], side_by_side: bool) -> _Apart:
        protocol = another_protocol(old, new)
        if another_machine(old, new):
            cpus = [run.header.machine.cpu or "another machine" for run in (old, new)]
            between, told = between_machines(old, new, history)
            note = f"measured on {cpus[0]}, now on {cpus[1]}: times are compared through the control kernel, {told}"
            return cls(protocol, True, between, (note,))
        if side_by_side:
            return cls(protocol, False, CERTAIN, ("measured in turn in one session",))
        between, told = between_sessions(new, history)
        return cls(protocol, False, between, (f"the same machine, another session: times are {told}",))


def _times(
    pairs: Sequence[tuple[Row, Row]], thresholds: Thresholds, apart: _Apart
) -> tuple[Sequence[Judgement | None], Sequence[str]]:
    """The judgements on times, and what is to be said of all of them."""
    if apart.protocol:
        unlike_times = Judgement(kind="seconds", verdict="incomparable", reason=apart.protocol)
        return [unlike_times if old.rounds or new.rounds else None for old, new in pairs], ()
    levels = [levels_of(*pair) for pair in pairs]
    between, drift = _drift([each for each in levels if each is not None], apart.between)
    return judge_seconds(pairs, levels, thresholds, between), drift


def _drift(levels: Sequence[tuple[Level, Level]], between: Variance) -> tuple[Variance, Sequence[str]]:
    raised = moved_together(levels, between)
    if raised is between:
        return between, ()
    middle = math.expm1(statistics.median(new.mean - old.mean for old, new in levels))
    note = (
        f"most times moved, by {middle:+.1%} in the middle: attributed to the session, assumed to differ by "
        f"{math.sqrt(raised.variance / 2):.1%}; measure both sides in one session to separate the two"
    )
    return raised, (note,)


def _case(case: str, old: Row, new: Row, time: Judgement | None, thresholds: Thresholds, *, moved: bool) -> CaseVerdict:
    judgements = [*judge_numbers(old, new, thresholds, moved=moved)]
    judgements += [time] if time is not None else []
    notes = [*_less_work(judgements), new_options(old, new)]
    verdict = worst(each.verdict for each in judgements)
    return CaseVerdict(case=case, verdict=verdict, judgements=tuple(judgements), notes=tuple(filter(None, notes)))


def _less_work(judgements: Sequence[Judgement]) -> Iterator[str]:
    """A time that improved because less was done is no improvement of the program."""
    found = {each.kind: each for each in judgements}
    if "seconds" not in found or found["seconds"].verdict != "better":
        return
    digits, passes = found.get("digits"), found.get("iterations")
    if digits is not None and digits.verdict == "worse":
        yield f"faster, but with fewer correct digits: {digits.old:.1f}, now {digits.new:.1f}"
    if passes is not None and (passes.effect or 0) < 0:
        yield f"faster, but in fewer passes over the data: {passes.old}, now {passes.new}"


def _why_gone(case: str, new: Run) -> str:
    planned = any(key.id == case for key in new.header.cases)
    return "planned, but the run ended before it" if planned else f"not in {new.id}"


def _interrupted(run: Run) -> Iterator[str]:
    if run.finished is None:
        yield f"{run.id} was interrupted: {len(run.rows)} of {len(run.header.cases)} cases have been measured"
