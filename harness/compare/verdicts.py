"""Two runs to verdicts, and verdicts to those that fresh rounds agree with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.compare.likeness import another_machine, another_protocol, new_options, threads, unlike
from harness.compare.model import DEFAULT_GATE, FAILING, CaseVerdict, Comparison, Gate, Judgement, worst
from harness.compare.numbers import judge_numbers
from harness.compare.seconds import judge_again, judge_seconds
from harness.compare.sessions import between_machines, between_sessions
from harness.results import Row, Run
from harness.stats import CERTAIN, Variance

__all__ = ["compare", "confirm"]


def compare(
    old: Run,
    new: Run,
    gate: Gate = DEFAULT_GATE,
    *,
    history: Sequence[Run] = (),
    only: Collection[str] | None = None,
    side_by_side: bool = False,
) -> Comparison:
    """What changed from one run to another.

    Parameters
    ----------
    old, new : Run
    gate : Gate
    history : sequence of Run
        Earlier runs, from which it is told how much sessions and machines differ of themselves.
    only : collection of str, optional
        The cases to look at, as when only these were measured again; all when left out.
    side_by_side : bool
        Whether the rounds of both were measured in turn in one session, so that no session stands between them.
    """
    apart = _Apart.of(old, new, history, side_by_side)
    before = {row.plan["case"]: row for row in old.rows if only is None or row.plan["case"] in only}
    after = {row.plan["case"]: row for row in new.rows if only is None or row.plan["case"] in only}
    common = {case: (before[case], after[case]) for case in before if case in after}
    reasons = {case: unlike(*pair, threads(old), threads(new)) for case, pair in common.items()}
    pairs = {case: pair for case, pair in common.items() if not reasons[case]}
    times = dict(zip(pairs, _times(list(pairs.values()), gate, apart), strict=True))
    cases = []
    for case in [*before, *(case for case in after if case not in before)]:
        if case in pairs:
            cases.append(_case(case, *pairs[case], times[case], gate, moved=apart.moved))
        elif case in common:
            cases.append(CaseVerdict(case=case, verdict="incomparable", reason=reasons[case]))
        elif case in before:
            cases.append(CaseVerdict(case=case, verdict="gone", reason=_why_gone(case, new)))
        else:
            cases.append(CaseVerdict(case=case, verdict="new", reason=f"not in {old.id}"))
    notes = (*apart.notes, *_broken_off(old), *_broken_off(new))
    return Comparison(old=old.id, new=new.id, gate=gate, cases=tuple(cases), notes=notes)


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
            cpus = [run.header["machine"].get("cpu", "another machine") for run in (old, new)]
            between, told = between_machines(old, new, history)
            note = f"measured on {cpus[0]}, now on {cpus[1]}: times are compared through the control kernel, {told}"
            return cls(protocol, True, between, (note,))
        if side_by_side:
            return cls(protocol, False, CERTAIN, ("measured in turn in one session",))
        between, told = between_sessions(new, history)
        return cls(protocol, False, between, (f"the same machine, another session: times are {told}",))


def _times(pairs: Sequence[tuple[Row, Row]], gate: Gate, apart: _Apart) -> Sequence[Judgement | None]:
    if not apart.protocol:
        return judge_seconds(pairs, gate, apart.between)
    unlike_times = Judgement(kind="seconds", verdict="incomparable", reason=apart.protocol)
    return [unlike_times if old.rounds or new.rounds else None for old, new in pairs]


def _case(case: str, old: Row, new: Row, time: Judgement | None, gate: Gate, *, moved: bool) -> CaseVerdict:
    judgements = [*judge_numbers(old, new, gate, moved=moved)]
    judgements += [time] if time is not None else []
    notes = [*_less_work(judgements), new_options(old, new)]
    return _weighed(
        CaseVerdict(case=case, verdict="same", judgements=tuple(judgements), notes=tuple(filter(None, notes)))
    )


def _weighed(case: CaseVerdict) -> CaseVerdict:
    return replace(case, verdict=worst(each.verdict for each in case.judgements))


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
    planned = any(plan["case"] == case for plan in new.header["cases"])
    return "planned, but the run ended before it" if planned else f"not in {new.id}"


def _broken_off(run: Run) -> Iterator[str]:
    if run.finished is None:
        yield f"{run.id} was broken off: {len(run.rows)} of {len(run.header['cases'])} cases have been measured"


def confirm(first: Comparison, again: Comparison) -> Comparison:
    """What remains of a comparison after its doubtful cases were measured again in fresh rounds.

    What was worse or gone stays so only if it is again. A time, were it worse at first or only suspect, is worse if it
    looks slower in the fresh rounds as well and, over the rounds of both measurements, is beyond chance over all cells
    and beyond the margin. A case that was not measured again stays as it was.

    Parameters
    ----------
    first, again : Comparison
        The second over `Comparison.doubtful` of the first. The more is fresh the more it says: against a stored old
        run, the new side measured again repeats that run's luck.
    """
    fresh = (first.old != again.old, first.new != again.new)
    second = {each.case: each for each in again.cases}
    timed = sum(1 for case in first.cases for each in case.judgements if each.evidence)
    cases = tuple(
        _confirmed(each, second[each.case], _Settling(fresh, timed, first.gate))
        if each.doubtful and each.case in second
        else each
        for each in first.cases
    )
    sides = {(True, True): "both sides", (False, True): "the new side alone", (True, False): "the old side alone"}
    note = (
        f"{len(second)} of {len(first.cases)} cases measured again in fresh rounds, {sides.get(fresh, 'neither side')}"
    )
    return replace(first, cases=cases, notes=(*first.notes, note))


@dataclass(frozen=True)
class _Settling:
    """How judgements are settled by second ones: which sides are fresh, over how many timed cells, by what gate."""

    fresh: tuple[bool, bool]
    timed: int
    gate: Gate

    def settled(self, first: Judgement, again: Judgement | None) -> Judgement:
        """What remains of a judgement."""
        if not (first.verdict in FAILING or first.suspect):
            return first
        if again is None or not (again.verdict == "worse" or again.suspect):
            return _denied(first, "not to be had" if again is None else again.verdict)
        if first.evidence is None or again.evidence is None:
            return replace(first, verdict="worse", confirmed=True)
        both = judge_again(first.evidence, again.evidence, self.fresh, self.timed, self.gate)
        if both.verdict != "worse":
            return _denied(first, "slower, too, but not beyond chance over all cells")
        numbers = {key: getattr(both, key) for key in ("effect", "low", "high", "visible", "p")}
        return replace(first, verdict="worse", confirmed=True, suspect=False, **numbers)


def _denied(first: Judgement, found: str) -> Judgement:
    reason = "; ".join(filter(None, [first.reason, f"measured again it was {found}"]))
    return replace(first, verdict="undecided", confirmed=False, suspect=False, reason=reason)


def _confirmed(first: CaseVerdict, again: CaseVerdict, settling: _Settling) -> CaseVerdict:
    if again.verdict == "gone":
        return replace(first, verdict=worst([first.verdict, "gone"]), reason=first.reason or again.reason)
    if first.verdict == "gone":
        return CaseVerdict(case=first.case, verdict="undecided", reason="gone at first, there when measured again")
    return _weighed(
        replace(
            first, judgements=tuple(settling.settled(each, again.judgement(each.kind)) for each in first.judgements)
        )
    )
