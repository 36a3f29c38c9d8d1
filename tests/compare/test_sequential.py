"""Verdicts while the rounds go on: the level is spent once, and what is settled is measured no further."""

import math
from collections.abc import Iterator

import numpy as np
import pytest

from harness import stats
from harness.compare import Thresholds, compare
from harness.compare.sequential import FIRST, LOOKS, MOST, Sequential, adjusted_p, settled, share
from harness.results import Measurement
from tests.support.comparisons import run_of, timed

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


def test_nothing_is_begun_after_the_budget() -> None:
    now = [0.0]
    rule = Sequential([PAIR], Thresholds(), 60.0, lambda: now[0])
    assert not rule.reached(PAIR[1])
    now[0] = 60.0
    assert rule.reached(PAIR[1])


def test_a_comparison_gives_each_case_the_level_of_its_own_look() -> None:
    def verdict(count: int) -> str:
        noise = [1 + 0.002 * (i % 3) for i in range(count)]
        old, new = run_of(timed(times=noise)), run_of(timed(times=[1.05 * each for each in noise]), 1)
        (case,) = compare(old, new, side_by_side=True, sequential=True).cases
        return case.verdict

    assert verdict(LOOKS[0]) == "worse"
    assert verdict(LOOKS[0] - 1) == "undecided", "between two looks nothing is called"
