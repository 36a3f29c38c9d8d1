"""The gate: compares a run with the baseline, and measures what looks worse again before it may fail."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.compare import CaseVerdict, Comparison, Thresholds, compare, confirm
from harness.gate.again import Again, measure_again
from harness.results import Run, Store
from harness.runner import Observer


def check(
    store: Store,
    run: Run,
    baseline: Run,
    thresholds: Thresholds,
    *,
    history: Sequence[Run] = (),
    observer: Observer | None = None,
) -> Comparison:
    """Compare a run with its baseline. With an observer, measure doubtful cases again; only what is worse twice fails.

    The second measurement is kept in the store. The variance between sessions is estimated from the history.
    """
    first = compare(baseline, run, thresholds, history=history)
    if observer is None or not first.doubtful:
        return first
    again = measure_again(store, baseline, run, first.doubtful, thresholds, observer)
    alone = compare(
        baseline,
        again.new,
        thresholds,
        history=history,
        only=first.doubtful,
        stopped="never",
        controls=first.controls,
    )
    if again.old is None:
        found = confirm(first, alone)
        return replace(found, notes=(*found.notes, f"the baseline was not measured again: {again.why}"))
    found = _confirmed_by_both(first, alone, again, thresholds)
    return replace(found, notes=(*found.notes, *_notes(again)))


def _notes(again: Again) -> Iterator[str]:
    if again.libraries:
        yield f"the baseline was measured again with its own libraries: {again.libraries}"
    if again.why:
        yield f"the baseline was not measured again in every case: {again.why}"


def _confirmed_by_both(first: Comparison, alone: Comparison, again: Again, thresholds: Thresholds) -> Comparison:
    """Judge times by both sides measured in turn, and all else, which has no noise, against the stored baseline."""
    assert again.old is not None  # noqa: S101 - its only caller has looked
    beside = compare(
        again.old,
        again.new,
        thresholds,
        only=first.doubtful,
        side_by_side=True,
        controls=first.controls,
        stopped="unlikely",
    )
    timed = {each.case: each for each in beside.cases if (time := each.judgement("seconds")) and time.evidence}
    both = replace(
        beside, cases=tuple(_with_time_of(each, timed[each.case]) for each in alone.cases if each.case in timed)
    )
    rest = replace(alone, cases=tuple(each for each in alone.cases if each.case not in timed))
    found = confirm(first, both) if both.cases else first
    settled = replace(found, unsettled="") if both.cases else found  # both sides shared a session
    return confirm(settled, rest) if rest.cases else settled


def _with_time_of(case: CaseVerdict, other: CaseVerdict) -> CaseVerdict:
    """The case with its judgement on time replaced by the other's."""
    time = other.judgement("seconds")
    kept = tuple(each for each in case.judgements if each.kind != "seconds")
    return replace(case, judgements=(*kept, time) if time else kept)
