"""What remains of a verdict after a second look."""

import pytest

from harness.compare import Comparison, compare, confirm
from tests.support.comparisons import CASE, OTHER, QUIET, both, run_of, slowed, timed


def test_what_fails_must_fail_again() -> None:
    first = both([*timed(), *timed(OTHER)], [*timed(times=slowed(1.1)), *timed(OTHER)])
    assert first.doubtful == (CASE,)
    agreed = confirm(first, compare(run_of(timed(), 2), run_of(timed(times=slowed(1.1)), 3)))
    assert [case.verdict for case in agreed.cases] == ["worse", "same"]
    time = agreed.cases[0].judgement("seconds")
    assert time is not None
    assert time.confirmed
    denied = confirm(first, compare(run_of(timed(), 2), run_of(timed(), 3)))
    time = denied.cases[0].judgement("seconds")
    assert time is not None
    assert (time.verdict, time.confirmed, time.reason) == ("undecided", False, "a second measurement was same")
    assert not denied.failing
    assert "both sides" in denied.notes[-1]


def test_what_was_not_measured_again_stays() -> None:
    first = both(timed(), timed(times=slowed(1.1)))
    assert confirm(first, both(timed(OTHER), timed(OTHER))).failing == first.failing


WOBBLY = (1.0, 1.04, 0.96, 1.03, 0.97, 1.02, 0.98, 1.05, 0.95, 1.0)


def suspicious() -> Comparison:
    others = [each for i in range(60) for each in timed(f"linear/b{i}/cpu/float64")]
    return both([*timed(times=WOBBLY), *others], [*timed(times=slowed(1.06, WOBBLY)), *others])


def again(factor: float, *, old: float | None = None) -> Comparison:
    """The wobbly timed measured again: the new side against the stored old run, or against a fresh one."""
    stored = run_of(timed(times=WOBBLY)) if old is None else run_of(timed(times=slowed(old, WOBBLY)), 5)
    return compare(stored, run_of(timed(times=slowed(factor, WOBBLY)), 6), side_by_side=old is not None)


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
        assert "a second measurement was" in time.reason
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
    others = [each for i in range(60) for each in timed(f"linear/b{i}/cpu/float64", QUIET[:6])]
    first = both([*timed(times=QUIET[:6]), *others], [*timed(times=slowed(2.0, QUIET[:6])), *others])
    assert not first.failing
    assert first.doubtful == (CASE,)
    twice = compare(run_of(timed(times=QUIET[:6]), 5), run_of(timed(times=slowed(2.0, QUIET[:6])), 6))
    assert [case.case for case in confirm(first, twice).failing] == [CASE]


def test_lost_cases_and_lost_digits_are_confirmed_too() -> None:
    gone = both(timed(), timed(OTHER), only={CASE})
    assert confirm(gone, both(timed(), timed(OTHER), only={CASE})).verdict == "gone"
    assert confirm(gone, both(timed(), timed())).verdict == "undecided"
    wrong = timed(scores={"digits": 2.0}, coef=(0.0,))
    assert confirm(both(timed(), wrong), both(timed(), timed())).verdict == "undecided"
    assert confirm(both(timed(), wrong), both(timed(), wrong)).verdict == "worse"
    assert confirm(both(timed(), wrong), both(timed(), timed(OTHER), only={CASE})).verdict == "worse"
