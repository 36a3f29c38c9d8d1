"""Compares two runs: likeness, then numbers and times, then a verdict on each case."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import NamedTuple

from harness.compare.comparison import CaseVerdict, Comparison, Judgement, worst
from harness.compare.likeness import another_machine, another_protocol, new_options, unchanged, unlike
from harness.compare.numbers import judge_numbers
from harness.compare.seconds import Stopped, judge_seconds, levels_of
from harness.compare.sessions import FEWEST_PEERS, between_machines, between_sessions, moved_together
from harness.compare.thresholds import DEFAULT_THRESHOLDS, Thresholds
from harness.config import gate_of
from harness.results import Row, Run
from harness.stats import CERTAIN, Control, Level, Variance
from harness.units import count_text


def compare(
    old: Run,
    new: Run,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    *,
    history: Sequence[Run] = (),
    only: Collection[str] | None = None,
    side_by_side: bool = False,
    stopped: Stopped | None = None,
    controls: Mapping[str, Control] | None = None,
) -> Comparison:
    """What changed from one run to another.

    Parameters
    ----------
    history : sequence of Run
        Earlier runs, from which the variance between sessions and machines is estimated.
    only : collection of str, optional
        The cases to compare, for example those measured again; all when left out.
    side_by_side : bool
        Whether both were measured in turn in one session, so that there is no variance between sessions.
    stopped : {"never", "looks", "unlikely"}, optional
        How the number of rounds of a case was decided, see `harness.compare.seconds.Stopped`; as the new run shows when
        left out.
    controls : mapping of str to {"products", "stream"}, optional
        The control for each case, as other rounds chose it; chosen by these rounds when left out. Across machines it is
        products in any case: only for them is the variance between machines known.
    """
    before = {row.case.id: row for row in old.rows if only is None or row.case.id in only}
    after = {row.case.id: row for row in new.rows if only is None or row.case.id in only}
    common = {case: (before[case], after[case]) for case in before if case in after}
    reasons = {case: unlike(*pair, old.header.plan.threads, new.header.plan.threads) for case, pair in common.items()}
    pairs = {case: pair for case, pair in common.items() if not reasons[case]}
    groups = _by_machines(pairs)
    stopped = stopped or ("unlikely" if new.left_alone else "never")
    gaps = [_SessionGap.of(old, new, each, history, side_by_side, stopped) for each in groups]
    timed = [
        _times(each, (old, new), _share(thresholds, len(each), len(pairs)), gap, controls or {})
        for each, gap in zip(groups, gaps, strict=True)
    ]
    times = {
        case: time
        for each, found in zip(groups, timed, strict=True)
        for case, time in zip(each, found.judged, strict=True)
    }
    cases = []
    for case in [*before, *(case for case in after if case not in before)]:
        if case in pairs:
            judged = _case(case, *pairs[case], times[case], thresholds, moved=_moved(*pairs[case]))
            cases.append(replace(judged, gate=gate_of(case, new.header.gate)))
        elif case in common:
            cases.append(CaseVerdict(case=case, verdict="incomparable", reason=reasons[case]))
        elif case in before:
            cases.append(CaseVerdict(case=case, verdict="gone", reason=_why_gone(case, new)))
        else:
            cases.append(CaseVerdict(case=case, verdict="new", reason=f"not in {old.id}"))
    notes = [*chain.from_iterable(map(_notes, groups, gaps, timed, repeat(len(groups) > 1)))]
    return Comparison(
        old=old.id,
        new=new.id,
        thresholds=thresholds,
        cases=tuple(cases),
        keys=tuple(row.case for row in (before | after).values()),
        notes=(*_two_suites(old, new), *notes, *_interrupted(old), *_interrupted(new)),
        unsettled=next((each.unsettled for each in timed if each.unsettled), ""),
    )


Pairs = Mapping[str, tuple[Row, Row]]
"""Cases with their rows, old and new."""


def _by_machines(pairs: Pairs) -> Sequence[Pairs]:
    """The cases grouped by their machines, as sessions and machines have variances of their own."""
    found: dict[tuple[frozenset[str], ...], dict[str, tuple[Row, Row]]] = defaultdict(dict)
    for case, pair in pairs.items():
        found[tuple(frozenset(row.machines) for row in pair)][case] = pair
    return [*found.values()] or [{}]


def _share(thresholds: Thresholds, cases: int, of: int) -> Thresholds:
    """The thresholds with the level of some of the cases, in proportion to their number (Bonferroni)."""
    return thresholds if cases == of else replace(thresholds, level=thresholds.level * cases / of)


def _notes(group: Pairs, gap: _SessionGap, timed: _Times, several: bool) -> Iterator[str]:
    for note in (*gap.notes, *timed.notes):
        yield f"{count_text(len(group), 'case')}: {note}" if several else note


@dataclass(frozen=True)
class _SessionGap:
    """What lies between the times of two runs: another protocol, machine or session."""

    protocol: str
    between: Variance
    notes: tuple[str, ...]
    stopped: Stopped = "never"

    @classmethod
    def of(
        cls, old: Run, new: Run, pairs: Pairs, history: Sequence[Run], side_by_side: bool, stopped: Stopped
    ) -> _SessionGap:
        """For the machines of these pairs, which all share them; without pairs, for those of the runs."""
        protocol = another_protocol(old, new)
        before, after = next(((a.machines, b.machines) for a, b in pairs.values()), (old.machines, new.machines))
        if another_machine(before, after):
            cpus = [" and ".join(each.cpu or "another machine" for each in them.values()) for them in (before, after)]
            between, origin = between_machines(old, new, history, {*before, *after})
            note = f"measured on {cpus[0]}, now on {cpus[1]}: times are compared through the control kernel, {origin}"
            return cls(protocol, between, (note,), stopped)
        if side_by_side:
            how = "" if stopped == "never" else ", in rounds until each case was settled"
            return cls(protocol, CERTAIN, (f"measured in turn in one session{how}",), stopped)
        if old.id == new.id:
            return cls(
                protocol, CERTAIN, ("both are the same run, so nothing can differ: measure another one",), stopped
            )
        between, origin = between_sessions(new, history, after or {""})
        return cls(protocol, between, (f"the same machine, another session: times are {origin}",), stopped)


def _moved(old: Row, new: Row) -> bool:
    return another_machine(old.machines, new.machines)


class _Times(NamedTuple):
    """The judgements on times, in the order of the pairs, and notes on all of them."""

    judged: Sequence[Judgement | None]
    notes: tuple[str, ...] = ()
    unsettled: str = ""


def _times(
    pairs: Pairs, runs: tuple[Run, Run], thresholds: Thresholds, gap: _SessionGap, controls: Mapping[str, Control]
) -> _Times:
    rows = list(pairs.values())
    if gap.protocol:
        unlike_times = Judgement(kind="seconds", verdict="incomparable", reasons=(gap.protocol,))
        return _Times([unlike_times if old.rounds or new.rounds else None for old, new in rows])
    levels = [levels_of(*pair, "products" if _moved(*pair) else controls.get(case)) for case, pair in pairs.items()]
    peers = frozenset[str]() if gap.between is CERTAIN else unchanged(pairs, *runs)
    known = [each for case, each in zip(pairs, levels, strict=True) if each is not None and case in peers]
    if len(known) >= FEWEST_PEERS:
        between = moved_together(known, gap.between, FEWEST_PEERS)
        judged = judge_seconds(rows, levels, thresholds, between, how=gap.stopped)
        return _Times(judged, _peers_note(known, between, gap.between))
    plain = judge_seconds(rows, levels, thresholds, gap.between, how=gap.stopped)
    every = [each for each in levels if each is not None]
    raised = moved_together(every, gap.between)
    if raised is gap.between:
        return _Times(plain)
    middle = math.expm1(statistics.median(new.mean - old.mean for old, new in every))
    under = judge_seconds(rows, levels, thresholds, raised, how=gap.stopped)
    held = [_raised(*each) for each in zip(under, plain, strict=True)]
    slower = middle > thresholds.margin and any(each is not None and each.suspect for each in held)
    return _Times(held, (_drift_note(middle, raised),), _undecidable(middle, *runs) if slower else "")


def _raised(raised: Judgement | None, plain: Judgement | None) -> Judgement | None:
    """A judgement with the raised variance; what would be slower with the plain one is worth measuring again."""
    if raised is None or plain is None or raised.verdict == "worse":
        return raised
    return replace(raised, suspect=raised.suspect or plain.suspect or plain.verdict == "worse")


def _peers_note(peers: Sequence[tuple[Level, Level]], between: Variance, assumed: Variance) -> tuple[str, ...]:
    effect = "within chance" if between is assumed else f"{math.sqrt(between.variance / 2):.1%}"
    return (f"the effect of the session is {effect}, by {len(peers)} cases whose library is the same on both sides",)


def _drift_note(middle: float, raised: Variance) -> str:
    return (
        f"most times moved, by {middle:+.1%} in the median: attributed to the session, assumed to differ by "
        f"{math.sqrt(raised.variance / 2):.1%}; measure both sides in one session to separate the two"
    )


def _undecidable(middle: float, old: Run, new: Run) -> str:
    """Says that a slowdown may be due to the session, with the command that decides it."""
    commits = [run.header.commit for run in (old, new)]
    ids = [each.id[:12] for each in commits if each is not None and not each.dirty]
    apart = len(ids) == 2 and ids[0] != ids[1]
    which = f"--rev {ids[0]} --rev {ids[1]}" if apart else "--library PATH --rev OLD --rev NEW"
    return (
        f"most times are slower, by {middle:+.1%} in the median, and no unchanged case shows whether the code or the "
        f"session is the cause; this decides it: linbench compare {which} {new.header.suite}"
    )


def _case(case: str, old: Row, new: Row, time: Judgement | None, thresholds: Thresholds, *, moved: bool) -> CaseVerdict:
    judgements = [*judge_numbers(old, new, thresholds, moved=moved)]
    judgements += [time] if time is not None else []
    notes = [*_less_work(judgements), new_options(old, new)]
    verdict = worst(each.verdict for each in judgements)
    return CaseVerdict(case=case, verdict=verdict, judgements=tuple(judgements), notes=tuple(filter(None, notes)))


def _less_work(judgements: Sequence[Judgement]) -> Iterator[str]:
    """Notes that a time improved because less was done."""
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


def _two_suites(old: Run, new: Run) -> Iterator[str]:
    suites = old.header.suite, new.header.suite
    if suites[0] != suites[1]:
        yield f"the suites differ, {suites[0]} and {suites[1]}: only cases that both have are compared"


def _interrupted(run: Run) -> Iterator[str]:
    if run.finished is None:
        yield f"{run.id} was interrupted: {len(run.rows)} of {len(run.header.cases)} cases have been measured"
