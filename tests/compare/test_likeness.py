"""What may not be compared, and what is gone or new."""

import json
from dataclasses import replace
from typing import Any

import pytest

from harness.compare import compare
from harness.machine import Machine
from harness.records import json_text
from harness.results import Run
from tests.support.comparisons import CASE, OTHER, both, judged, only, run_of, slowed, timed


def test_what_is_lost_fails_and_what_is_new_does_not() -> None:
    comparison = both([*timed(), *timed(OTHER)], [*timed(), *timed("linear/new/cpu/float64")])
    assert [case.verdict for case in comparison.cases] == ["same", "gone", "new"]
    assert [case.case for case in comparison.failing] == [OTHER]
    assert comparison.verdict == "gone"


def test_an_interrupted_run_says_so() -> None:
    old, new = run_of([*timed(), *timed(OTHER)]), run_of(timed(), 1, finished=False)
    new = replace(new, header=replace(new.header, cases=old.header.cases))
    comparison = compare(old, new)
    assert comparison.cases[1].reason == "planned, but the run ended before it"
    assert any("1 of 2 cases" in note for note in comparison.notes)


@pytest.mark.parametrize(("old", "new"), [((), CASE), ((), ()), (OTHER, CASE)])
def test_nothing_in_common_is_never_the_same(old: Any, new: Any) -> None:
    before, after = (timed(case) if case else [] for case in (old, new))
    comparison = both(before, after)
    assert comparison.compared == 0
    assert comparison.verdict in ("new", "gone", "incomparable")
    assert json.loads(json_text(comparison.record()))["compared"] == 0


def planned(run: Run, **changes: Any) -> Run:
    cases = tuple(replace(each, **changes) for each in run.header.cases)
    return replace(run, header=replace(run.header, cases=cases))


def test_other_data_options_threads_or_dtype_are_other_experiments() -> None:
    old = planned(run_of(timed()), options={"tol": 1e-3, "epochs": 10})
    plan = old.header.plan.model_copy(update={"threads": 2})
    for new, reason in (
        (planned(run_of(timed(data="ffff")), options={"tol": 1e-3}), "different data (fingerprint 0123abcd, now ffff)"),
        (planned(old, options={"tol": 1e-6, "epochs": 10}), "option tol was 0.001, now 1e-06"),
        (replace(old, header=replace(old.header, plan=plan)), "threads were 1, now 2"),
        (planned(old, dtype="float32"), "dtype was float64, now float32"),
    ):
        case = only(compare(old, new))
        assert (case.verdict, case.reason, case.judgements) == ("incomparable", reason, ())


def test_an_option_that_one_side_does_not_know_is_said() -> None:
    old, new = planned(run_of(timed()), options={}), planned(run_of(timed(), 1), options={"engine": "auto"})
    case = only(compare(old, new))
    assert case.verdict == "same"
    assert case.notes == ("engine='auto' is a new option",)


def test_a_case_that_failed_before_it_had_data_is_worse_not_incomparable() -> None:
    failed = timed(
        status="error", reason="no such file", data="", seconds=(), control=None, scores={}, coef=None, rank=None
    )
    assert only(both(timed(), failed)).verdict == "worse"


def test_times_by_another_control_are_not_compared_but_digits_are() -> None:
    old, new = run_of(timed()), run_of(timed(scores={"digits": 9.0}, coef=(0.0,)), 1, control="something-else")
    comparison = compare(old, new)
    assert judged(comparison, "seconds").verdict == "incomparable"
    assert "control kernel was numpy-4x200x200, now something-else" in judged(comparison, "seconds").reason
    assert judged(comparison, "digits").verdict == "worse"


def test_times_taken_in_another_way_are_not_compared_either() -> None:
    comparison = compare(run_of(timed(), protocol=1), run_of(timed(times=slowed(2.0)), 1, protocol=2))
    assert judged(comparison, "seconds").verdict == "incomparable"
    assert "timing protocol was 1, now 2" in judged(comparison, "seconds").reason
    assert judged(comparison, "digits").verdict == "same"


def test_another_machine_widens_times_and_spares_digits() -> None:
    machine = Machine(id="two", cpu="Another processor")
    slow = timed(times=slowed(1.15), scores={"digits": 9.0}, coef=(0.0,), peak_memory_bytes=200_000_000)
    moved = compare(run_of(timed()), run_of(slow, 1, machine=machine))
    assert judged(moved, "seconds").verdict == "undecided"
    assert judged(moved, "memory").verdict == "undecided"
    assert judged(moved, "digits").verdict == "worse"
    assert "A processor, now on Another processor" in moved.notes[0]
    assert (
        judged(compare(run_of(timed()), run_of(timed(times=slowed(3.0)), 1, machine=machine)), "seconds").verdict
        == "worse"
    )
