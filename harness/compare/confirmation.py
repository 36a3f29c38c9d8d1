"""Confirms verdicts with fresh rounds."""

from dataclasses import dataclass, replace

from harness.compare.comparison import FAILING, CaseVerdict, Comparison, Judgement, worst
from harness.compare.seconds import judge_again
from harness.compare.thresholds import Thresholds


def confirm(first: Comparison, again: Comparison) -> Comparison:
    """The comparison after its doubtful cases were measured again in fresh rounds.

    What was worse or gone stays so only if it is again. A time is worse if it looks slower in the fresh rounds too and
    is beyond chance over all cases, and beyond the margin, over the rounds of both measurements. If it was only suspect
    at first, both sides must have been measured again: measuring only the new side again would share the old run's
    noise, and any effect of its session. A case not measured again keeps its verdict.
    """
    fresh = (first.old != again.old, first.new != again.new)
    second = {each.case: each for each in again.cases}
    timed = sum(1 for case in first.cases for each in case.judgements if each.evidence)
    cases = tuple(
        _confirmed(each, second[each.case], _Confirmation(fresh, timed, first.thresholds))
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
class _Confirmation:
    """Confirms first judgements by second ones: which sides are fresh, how many cases were timed, the thresholds."""

    fresh: tuple[bool, bool]
    timed: int
    thresholds: Thresholds

    def settled(self, first: Judgement, again: Judgement | None) -> Judgement:
        """The judgement after the second one."""
        if not (first.verdict in FAILING or first.suspect):
            return first
        if again is None or not (again.verdict == "worse" or again.suspect):
            return _unconfirmed(first, "gave no such number" if again is None else f"was {again.verdict}")
        if first.evidence is None or again.evidence is None:
            return replace(first, verdict="worse", confirmed=True)
        if not all(self.fresh) and (first.suspect or first.control != again.control):
            how = "compared with the same old rounds" if first.suspect else "over another control"
            return _unconfirmed(first, f"was slower again, but {how}")
        both = judge_again(first.evidence, again.evidence, self.fresh, self.timed, self.thresholds)
        if both.verdict != "worse":
            return _unconfirmed(first, "was slower too, but not beyond chance over all cases")
        numbers = {key: getattr(both, key) for key in ("effect", "low", "high", "visible", "p")}
        return replace(first, verdict="worse", confirmed=True, suspect=False, **numbers)


def _unconfirmed(first: Judgement, found: str) -> Judgement:
    reasons = *first.reasons, f"a second measurement {found}"
    return replace(first, verdict="undecided", confirmed=False, suspect=False, reasons=reasons)


def _confirmed(first: CaseVerdict, again: CaseVerdict, settling: _Confirmation) -> CaseVerdict:
    if again.verdict == "gone":
        return replace(first, verdict=worst([first.verdict, "gone"]), reason=first.reason or again.reason)
    if first.verdict == "gone":
        return CaseVerdict(
            case=first.case, verdict="undecided", reason="gone in the first measurement, present in the second"
        )
    judgements = tuple(settling.settled(each, again.judgement(each.kind)) for each in first.judgements)
    return replace(first, judgements=judgements, verdict=worst(each.verdict for each in judgements))
