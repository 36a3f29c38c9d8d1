"""Verdicts on times: beyond chance, beyond the margin, and never the same for want of rounds."""

import math
from dataclasses import replace

import pytest

from harness.compare import compare
from harness.compare.seconds import rounds_needed
from harness.config import Plan
from harness.judgement import Scores
from tests.support.comparisons import CASE, QUIET, both, judged, only, run_of, slowed, timed


def test_the_same_is_the_same_and_says_what_it_could_not_see() -> None:
    comparison = both(timed(), timed())
    assert comparison.verdict == "same"
    time = judged(comparison, "seconds")
    assert (time.verdict, time.effect) == ("same", 0.0)
    assert time.low is not None
    assert time.high is not None
    assert time.visible is not None
    assert -0.02 < time.low < 0 < time.high < 0.02 < time.visible < 0.05
    assert (time.old, time.new) == pytest.approx((1e-3, 1e-3), rel=1e-3)
    assert not comparison.failing
    assert not comparison.doubtful


def test_slower_beyond_chance_and_margin_is_worse_and_faster_better() -> None:
    assert judged(both(timed(), timed(times=slowed(1.1))), "seconds").verdict == "worse"
    assert judged(both(timed(times=slowed(1.1)), timed()), "seconds").verdict == "better"
    assert judged(both(timed(), timed(times=slowed(1.1))), "seconds").effect == pytest.approx(0.1)


def test_a_sure_change_within_the_margin_is_no_news() -> None:
    time = judged(both(timed(), timed(times=slowed(1.01)), side_by_side=True), "seconds")
    assert time.p is not None
    assert time.p < 0.01
    assert time.verdict == "same"


def test_what_noise_hides_is_undecided_never_the_same() -> None:
    rough = [1.0, 1.2, 0.8, 1.1, 0.9, 1.3, 0.7, 1.0]
    time = judged(both(timed(times=rough), timed(times=rough)), "seconds")
    assert time.verdict == "undecided"
    assert time.visible is not None
    assert time.visible > 0.3
    assert "noisy: the old run" in time.reason


def test_a_slow_machine_is_no_slow_program() -> None:
    comparison = both(timed(control=1e-3), timed(times=slowed(1.5), control=1.5e-3))
    assert judged(comparison, "seconds").verdict == "same"


@pytest.mark.parametrize(("old", "new"), [(1, 1), (1, 12), (2, 2), (4, 4), (3, 12)])
def test_too_few_rounds_say_so_whatever_they_saw(old: int, new: int) -> None:
    for factor in (1.0, 2.0):
        time = judged(both(timed(times=QUIET[:old]), timed(times=slowed(factor)[:new])), "seconds")
        if math.comb(old + new, new) >= 200:
            assert time.verdict == ("same" if factor == 1 else "worse")
        else:
            assert time.verdict == "undecided"
            assert f"too few rounds: {old} and {new}; for one case it takes 5 per side: --rounds 5" in time.reason
            assert time.visible is None


def test_more_cases_take_more_rounds() -> None:
    assert [rounds_needed(cases, 0.01) for cases in (1, 10, 60, 500)] == [5, 7, 8, 10]
    names = [f"linear/b{i}/cpu/float64" for i in range(60)]
    old = [each for name in names for each in timed(name, QUIET[:7])]
    new = [each for name in names for each in timed(name, slowed(1.0)[:7])]
    comparison = both(old, new)
    assert {case.verdict for case in comparison.cases} == {"undecided"}
    assert "over 60 cases it takes 8 per side" in comparison.cases[0].judgements[-1].reason or any(
        "over 60 cases it takes 8 per side" in each.reason for each in comparison.cases[0].judgements
    )


def test_many_cases_raise_the_bar_and_a_near_miss_is_measured_again() -> None:
    wobbly = [1.0, 1.04, 0.96, 1.03, 0.97, 1.02, 0.98, 1.05, 0.95, 1.0]
    alone = both(timed(times=wobbly), timed(times=slowed(1.06, wobbly)))
    assert judged(alone, "seconds").verdict == "worse"
    others = [each for i in range(60) for each in timed(f"linear/b{i}/cpu/float64")]
    among = both([*timed(times=wobbly), *others], [*timed(times=slowed(1.06, wobbly)), *others])
    time = among.cases[0].judgement("seconds")
    assert time is not None
    assert (time.verdict, time.suspect) == ("undecided", True)
    assert among.doubtful == (CASE,)
    assert not among.failing


@pytest.mark.parametrize("times", [[0.0] * 8, [0.0] + [1.0] * 0])
def test_zero_samples_are_no_ratio(times: list[float]) -> None:
    time = judged(both(timed(times=times), timed(times=times)), "seconds")
    assert time.verdict == "undecided"
    assert "samples of 0 s" in time.reason


def test_a_nanosecond_is_one_tick_and_proves_nothing() -> None:
    tiny = [1e-6] * 12
    for new in (tiny, slowed(2.0, tiny)):
        time = judged(both(timed(times=tiny, repeats=1), timed(times=new, repeats=1)), "seconds")
        assert time.verdict == "undecided"
    assert (
        judged(both(timed(times=tiny, repeats=10**7), timed(times=slowed(2.0, tiny), repeats=10**7)), "seconds").verdict
        == "worse"
    )


def test_samples_that_are_all_equal_are_judged_all_the_same() -> None:
    flat = [1.0] * 12
    assert judged(both(timed(times=flat), timed(times=flat)), "seconds").verdict == "same"
    assert judged(both(timed(times=flat), timed(times=slowed(1.05, flat))), "seconds").verdict == "worse"


def test_a_round_that_lost_its_worker_counts_as_a_status_and_not_as_a_time() -> None:
    rounds = timed()
    lost = replace(
        rounds[3], status="crashed", reason="killed by SIGSEGV", seconds=(), control=(), scores=Scores(), coef=None
    )
    comparison = both(timed(), [*rounds[:3], lost, *rounds[4:]])
    assert judged(comparison, "status").verdict == "worse"
    assert judged(comparison, "status").reason == "killed by SIGSEGV"
    time = judged(comparison, "seconds")
    assert time.verdict == "same"
    assert "11 of 12 new rounds were timed" in time.reason


def test_unequal_numbers_of_rounds_are_tested_as_they_are() -> None:
    assert judged(both(timed(times=QUIET[:5]), timed(times=slowed(1.1))), "seconds").verdict == "worse"


def test_a_time_on_one_side_alone_is_no_same() -> None:
    untimed = timed(seconds=(), control=None)
    assert judged(both(timed(), untimed), "seconds").reason == "the new run has no time for it"
    assert only(both(untimed, untimed)).judgement("seconds") is None


def test_rounds_that_ended_early_because_no_slowdown_was_likely_are_told_as_such() -> None:
    plan = Plan(rounds=12)
    for finished, said in ((True, "after 3 rounds a slowdown of 2.0% is unlikely"), (False, "too few rounds: 4 and 3")):
        new = run_of(timed(times=slowed(0.98)[:3]), 1, finished=finished, plan=plan)
        time = judged(compare(run_of(timed(times=QUIET[:4])), new), "seconds")
        assert said in time.reason
