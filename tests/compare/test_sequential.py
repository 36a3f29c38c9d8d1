"""Verdicts while the rounds go on: the level is spent once, and what is settled is measured no further."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from harness import stats
from harness.compare import Judgement, Thresholds, compare
from harness.compare.controls import Side
from harness.compare.seconds import Stopped
from harness.compare.sequential import (
    FIRST,
    FIRST_STORED,
    LOOKS,
    MOST,
    AgainstStored,
    Sequential,
    adjusted_p,
    settled,
    share,
)
from harness.results import Measurement
from harness.stats import CERTAIN, Variance
from tests.support.comparisons import CASE, QUIET, run_of, slowed, timed

PAIR = ("linear/b/cpu/float64/old", "linear/b/cpu/float64/new")


def rounds(effect: float, noise: float, seed: int = 1) -> Iterator[tuple[Measurement, Measurement]]:
    rng = np.random.default_rng(seed)
    for number in range(MOST):
        times = [1.0 * math.exp(noise * rng.standard_normal()), (1 + effect) * math.exp(noise * rng.standard_normal())]
        one, two = (timed(case, [each])[0] for case, each in zip(PAIR, times, strict=True))
        yield tuple(each.__class__(**{**each.__dict__, "round": number}) for each in (one, two))  # type: ignore[misc]


def played(effect: float, noise: float = 0.015, cases: int = 60, seed: int = 1) -> int:
    """The rounds that a case among so many takes."""
    others = [(f"o{i}/a/b/c/old", f"o{i}/a/b/c/new") for i in range(cases - 1)]
    rule = Sequential([PAIR, *others], Thresholds())
    for number, pair in enumerate(rounds(effect, noise, seed), start=1):
        for each in pair:
            assert not rule.reached(PAIR[0])
            rule.add(each)
        if rule.reached(PAIR[0]):
            assert rule.reached(PAIR[1])
            return number
    return MOST


def test_the_level_is_spent_once_over_all_looks() -> None:
    assert math.fsum(map(share, range(MOST + 1))) == pytest.approx(1.0)
    assert [n for n in range(MOST + 1) if share(n)] == [*LOOKS]
    assert adjusted_p(stats.Difference(1.0, 1e-6, 20), LOOKS[0] - 1, 1) == 1.0


@given(st.integers(1, MOST))
def test_a_budget_that_ends_anywhere_leaves_no_more_than_the_level(rounds: int) -> None:
    before = [share(n) for n in range(rounds)]
    assert math.fsum([*before, share(rounds, last=True)]) == pytest.approx(1.0)
    assert share(rounds, last=True) >= share(rounds)


def test_what_did_not_change_is_left_alone_early_and_what_did_at_the_first_look() -> None:
    assert played(0.0) == FIRST
    assert played(0.10) == LOOKS[0]
    assert played(-0.5) == FIRST, "what became faster is no slowdown worth knowing"
    assert LOOKS[0] <= played(0.03) <= MOST


def test_over_identical_sides_hardly_a_verdict_comes_in_a_hundred_runs() -> None:
    rng = np.random.default_rng(5)
    alarms = 0
    for _ in range(100):
        for _ in range(20):
            old, new = 0.015 * rng.standard_normal((2, MOST))
            for n in range(2, MOST + 1):
                pair = stats.level(old[:n].tolist()), stats.level(new[:n].tolist())
                alarms += adjusted_p(stats.difference(*pair), n, 20) <= 0.01
                if settled(*pair, 20, Thresholds()):
                    break
    assert alarms <= 4, "at a level of 0.01, 5 in a hundred come once in 270 such tests"


def test_a_case_without_times_gets_no_further_round() -> None:
    rule = Sequential([PAIR], Thresholds())
    for case in PAIR:
        rule.add(timed(case, [1.0], control=None)[0])
    assert rule.reached(PAIR[0])


def test_no_round_begins_that_would_end_after_the_budget() -> None:
    now = [0.0]
    rule = Sequential([PAIR], Thresholds(), 60.0, lambda: now[0])
    begun = []
    now[0] = 900.0
    assert not rule.reached(PAIR[1]), "what building the two took is not measuring"
    for hour in (1000.0, 1025.0, 1045.0):
        now[0] = hour
        rule.begin()
        begun.append(not rule.reached(PAIR[1]))
    assert begun == [True, True, False], "the third would end after 65 s, as the one before it took 20 s"


def test_a_comparison_gives_each_case_the_level_of_its_own_look() -> None:
    def verdict(count: int, effect: float) -> str:
        noise = [1 + 0.002 * (i % 3) for i in range(count)]
        old, new = run_of(timed(times=noise)), run_of(timed(times=[(1 + effect) * each for each in noise]), 1)
        (case,) = compare(old, new, side_by_side=True, stopped="looks").cases
        return case.verdict

    assert verdict(LOOKS[0], 0.05) == "worse"
    assert verdict(LOOKS[0] + 3, 0.05) == "worse", "what the budget cuts short has the rest of the level"
    assert verdict(2, 0.05) == "undecided", "no test of two rounds can reach it"


def test_what_was_left_alone_is_said_to_be_so_in_place_of_too_few_rounds() -> None:
    many = [f"linear/b{i}/cpu/float64" for i in range(60)]

    def found(factor: float, how: Stopped = "looks") -> list[Judgement]:
        old = run_of([each for case in many for each in timed(case, QUIET[:FIRST])])
        new = run_of([each for case in many for each in timed(case, slowed(factor, QUIET[:FIRST]))], 1)
        compared = compare(old, new, side_by_side=True, stopped=how)
        return [each for case in compared.cases for each in case.judgements if each.kind == "seconds"]

    assert {(each.verdict, each.reason) for each in found(1.0)} == {
        ("same", f"after {FIRST} rounds a slowdown of 2.0% is unlikely")
    }
    assert {each.verdict for each in found(0.9)} == {"undecided"}, "it may well be faster"
    assert [each.visible for each in (*found(1.0), *found(0.9))] == pytest.approx([0.02] * 120), "more went on"
    assert {each.reason.partition(":")[0] for each in found(1.0, "never")} == {"too few rounds"}
    assert {each.reason.partition(":")[0] for each in found(1.05)} == {"too few rounds"}


def test_one_that_calls_nothing_stops_only_where_a_slowdown_is_unlikely() -> None:
    def taken(effect: float) -> int:
        rule = Sequential([PAIR], Thresholds(), calls=False)
        for number, pair in enumerate(rounds(effect, 0.01), start=1):
            for each in pair:
                rule.add(each)
            if rule.reached(PAIR[0]):
                return number
        return MOST

    assert taken(0.0) == FIRST
    assert taken(0.3) == MOST, "it may be worse, and that is judged over all rounds of the plan"


# --- beside a stored run ---------------------------------------------------------------------------------------------


def beside(effect: float, *, between: Variance = CERTAIN, noise: float = 0.01, seed: int = 3) -> int:
    """Rounds of the new side beside twelve stored ones, twelve at most."""
    rng = np.random.default_rng(seed)
    rule = AgainstStored({CASE: Side((noise * rng.standard_normal(12)).tolist())}, Thresholds(), between)
    for number in range(1, 13):
        assert not rule.reached(CASE)
        rule.add(timed(CASE, [(1 + effect) * math.exp(noise * rng.standard_normal())])[0])
        if rule.reached(CASE):
            return number
    return 12


def test_what_did_not_change_is_left_alone_after_three_rounds_beside_a_baseline() -> None:
    assert np.median([beside(0.0, seed=seed) for seed in range(40)]) <= 4
    assert beside(-0.3) == FIRST_STORED
    assert [beside(0.05, seed=seed) for seed in range(40)].count(12) >= 39
    assert beside(0.0, between=Variance(0.02, math.inf)) == 12, "of another machine three rounds say nothing"


def test_a_case_without_a_baseline_or_a_time_needs_one_round() -> None:
    rule = AgainstStored({CASE: Side([0.0, 0.01])}, Thresholds(), CERTAIN)
    for case, control in (("other", 1e-3), (CASE, None)):
        rule.add(timed(case, [1.0], control=control)[0])
        assert rule.reached(case)


def test_the_budget_leaves_no_case_without_a_round() -> None:
    now = [0.0]
    rule = AgainstStored(
        dict.fromkeys((CASE, "another"), Side([0.0, 0.01])), Thresholds(), CERTAIN, 60.0, lambda: now[0]
    )
    now[0] = 1000.0
    rule.begin()
    assert not rule.reached(CASE)
    rule.add(timed(CASE, [1.0])[0])
    now[0] = 1061.0
    rule.begin()
    assert rule.reached(CASE)
    assert not rule.reached("another")


@pytest.mark.parametrize(("old_rounds", "new_rounds"), [(2, 2), (12, 3), (3, 30)])
def test_student_s_error_is_that_of_the_textbook(old_rounds: int, new_rounds: int) -> None:
    """Against SciPy's `ttest_ind`, whose variances are pooled unless it is told not to."""
    rng = np.random.default_rng(old_rounds)
    old, new = rng.standard_normal(old_rounds).tolist(), rng.standard_normal(new_rounds).tolist()
    found = stats.student(stats.level(old), stats.level(new))
    assert found.freedom == pytest.approx(len(old) + len(new) - 2)
    assert found.p == pytest.approx(float(scipy.stats.ttest_ind(old, new).pvalue), rel=1e-9)
