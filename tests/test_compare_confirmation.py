"""What remains of a verdict after a second look."""

from __future__ import annotations

import pytest

from harness.compare import Comparison, compare, confirm
from tests.comparisons import CASE, OTHER, QUIET, both, cell, run_of, slowed


def test_what_fails_must_fail_again() -> None:
    first = both([*cell(), *cell(OTHER)], [*cell(times=slowed(1.1)), *cell(OTHER)])
    assert first.doubtful == (CASE,)
    agreed = confirm(first, compare(run_of(cell(), 2), run_of(cell(times=slowed(1.1)), 3)))
    assert [case.verdict for case in agreed.cases] == ["worse", "same"]
    time = agreed.cases[0].judgement("seconds")
    assert time is not None
    assert time.confirmed
    denied = confirm(first, compare(run_of(cell(), 2), run_of(cell(), 3)))
    time = denied.cases[0].judgement("seconds")
    assert time is not None
    assert (time.verdict, time.confirmed, time.reason) == ("undecided", False, "measured again it was same")
    assert not denied.failing
    assert "both sides" in denied.notes[-1]


def test_what_was_not_measured_again_stays() -> None:
    first = both(cell(), cell(times=slowed(1.1)))
    assert confirm(first, both(cell(OTHER), cell(OTHER))).failing == first.failing


WOBBLY = (1.0, 1.04, 0.96, 1.03, 0.97, 1.02, 0.98, 1.05, 0.95, 1.0)


def suspicious() -> Comparison:
    others = [each for i in range(60) for each in cell(f"linear/b{i}/cpu/float64")]
    return both([*cell(times=WOBBLY), *others], [*cell(times=slowed(1.06, WOBBLY)), *others])


def again(factor: float, *, old: float | None = None) -> Comparison:
    """The wobbly cell measured again: the new side against the stored old run, or against a fresh one."""
    stored = run_of(cell(times=WOBBLY)) if old is None else run_of(cell(times=slowed(old, WOBBLY)), 5)
    return compare(stored, run_of(cell(times=slowed(factor, WOBBLY)), 6), side_by_side=old is not None)


def test_a_suspect_is_worse_once_the_rounds_of_both_measurements_say_so() -> None:
    first = suspicious()
    agreed = confirm(first, again(1.06, old=1.0))
    assert [case.case for case in agreed.failing] == [CASE]
    before, after = (each.cases[0].judgement("seconds") for each in (first, agreed))
    assert before is not None
    assert after is not None
    assert after.effect == pytest.approx(0.06)
    assert before.low is not None
    assert after.low is not None
    assert before.low < after.low < 0.06
    assert (after.confirmed, after.suspect) == (True, False)
    assert after.p is not None
    assert before.p is not None
    assert after.p < 0.01 < before.p


def test_a_suspect_is_cleared_by_rounds_in_which_it_is_not_slower() -> None:
    for factor in (1.0, 1.01, 0.9):
        cleared = confirm(suspicious(), again(factor, old=1.0))
        time = cleared.cases[0].judgement("seconds")
        assert time is not None
        assert (time.verdict, time.confirmed, time.suspect) == ("undecided", False, False)
        assert "measured again it was" in time.reason
        assert cleared.doubtful == ()


def test_the_new_side_alone_counts_for_less() -> None:
    first = suspicious()
    alone, together = confirm(first, again(1.06)), confirm(first, again(1.06, old=1.0))
    assert "the new side alone" in alone.notes[-1]
    assert "both sides" in together.notes[-1]
    intervals = [each.cases[0].judgements[-1] for each in (together, alone)]
    assert [each.kind for each in intervals] == ["seconds", "seconds"]
    assert alone.verdict == "undecided"
    assert [case.case for case in together.failing] == [CASE]


def test_few_rounds_may_speak_when_they_are_measured_again() -> None:
    others = [each for i in range(60) for each in cell(f"linear/b{i}/cpu/float64", QUIET[:6])]
    first = both([*cell(times=QUIET[:6]), *others], [*cell(times=slowed(2.0, QUIET[:6])), *others])
    assert not first.failing
    assert first.doubtful == (CASE,)
    twice = compare(run_of(cell(times=QUIET[:6]), 5), run_of(cell(times=slowed(2.0, QUIET[:6])), 6))
    assert [case.case for case in confirm(first, twice).failing] == [CASE]


def test_lost_cells_and_lost_digits_are_confirmed_too() -> None:
    gone = both(cell(), cell(OTHER), only={CASE})
    assert confirm(gone, both(cell(), cell(OTHER), only={CASE})).verdict == "gone"
    assert confirm(gone, both(cell(), cell())).verdict == "undecided"
    wrong = cell(scores={"digits": 2.0}, coef=(0.0,))
    assert confirm(both(cell(), wrong), both(cell(), cell())).verdict == "undecided"
    assert confirm(both(cell(), wrong), both(cell(), wrong)).verdict == "worse"
    assert confirm(both(cell(), wrong), both(cell(), cell(OTHER), only={CASE})).verdict == "worse"
