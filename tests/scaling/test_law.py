"""Laws of known powers come back out of synthetic timings with the noise of real processes."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.scaling import Law, Point, fit_law

NOISE = 0.04
"""Standard deviation of the logarithm between processes: 2 to 6 % where the gate's numbers were measured."""

ROWS = tuple(round(1000 * 10 ** (k / 2)) for k in range(7))
COLUMNS = (5, 10, 20, 40, 80)
REPEATS = 60


def timings(
    value: Callable[[int, int], float], rng: np.random.Generator, sizes: list[tuple[int, int]], rounds: int = 3
) -> list[Point]:
    def noisy(n: int, d: int) -> tuple[float, ...]:
        return tuple((value(n, d) * np.exp(NOISE * rng.standard_normal(rounds))).tolist())

    return [Point(n, d, noisy(n, d)) for n, d in sizes]


GRID = list(itertools.product(ROWS, COLUMNS))
LINE = [(n, 10) for n in ROWS]


def power(n: int, d: int) -> float:
    return 1e-9 * n * d**2


def with_overhead(n: int, d: int) -> float:
    return 2e-4 + power(n, d)


def with_jump(n: int, d: int) -> float:
    return power(n, d) * (2.5 if n * d > 300_000 else 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("value", [power, with_overhead, with_jump])
@pytest.mark.parametrize("sizes", [LINE, GRID], ids=["line", "grid"])
def test_known_exponents_come_back_within_a_tenth(
    value: Callable[[int, int], float], sizes: list[tuple[int, int]]
) -> None:
    rng = np.random.default_rng(0)
    near = 0
    for _ in range(REPEATS):
        law = fit_law(timings(value, rng, sizes))
        assert law is not None
        n, d = law.exponent("n"), law.exponent("d")
        near += n is not None and abs(n.value - 1) <= 0.1 and (d is None or abs(d.value - 2) <= 0.1)
    assert near >= 0.95 * REPEATS


def covered(inside: Callable[[Law], bool], value: Callable[[int, int], float]) -> float:
    rng = np.random.default_rng(1)
    laws = [fit_law(timings(value, rng, GRID)) for _ in range(REPEATS)]
    return sum(law is not None and inside(law) for law in laws) / REPEATS


def test_intervals_hold_the_exponent_as_often_as_they_say() -> None:
    def inside(law: Law) -> bool:
        found = law.exponent("n")
        return found is not None and found.low <= 1 <= found.high

    assert 0.9 <= covered(inside, power) <= 0.99


@pytest.mark.slow
def test_predictions_hold_a_round_beyond_the_sizes_as_often_as_they_say() -> None:
    rng = np.random.default_rng(2)

    def inside(law: Law) -> bool:
        found = law.at(10**7, 100)
        measured = with_overhead(10**7, 100) * math.exp(NOISE * rng.standard_normal())
        return found.low <= measured <= found.high

    assert 0.9 <= covered(inside, with_overhead) <= 0.99


def test_what_is_not_there_is_seldom_found() -> None:
    assert covered(lambda law: law.has_overhead or law.step is not None, power) < 0.05


def test_overhead_and_jump_are_found_with_their_sizes() -> None:
    rng = np.random.default_rng(3)
    law = fit_law(timings(with_overhead, rng, GRID))
    assert law is not None
    assert law.overhead is not None
    assert law.overhead.low <= 2e-4 <= law.overhead.high
    assert law.overhead_share(*GRID[0]) > 0.5
    assert law.overhead_share(10**6, 80) < 0.01
    jumped = fit_law(timings(with_jump, rng, GRID))
    assert jumped is not None
    assert jumped.jump is not None
    assert jumped.step is not None
    assert jumped.jump.low <= 2.5 <= jumped.jump.high
    amounts = sorted({n * d for n, d in GRID})
    assert max(each for each in amounts if each <= 300_000) <= jumped.step <= min(e for e in amounts if e > 300_000)


def test_units_are_only_a_factor() -> None:
    points = timings(power, np.random.default_rng(4), GRID)
    law, other = (
        fit_law(points),
        fit_law([each._replace(values=tuple(1e3 * v for v in each.values)) for each in points]),
    )
    assert law is not None
    assert other is not None
    np.testing.assert_allclose(law.theta[1:], other.theta[1:])


@pytest.mark.parametrize("sizes", [[], LINE[:1], LINE[:2], [(1000, d) for d in COLUMNS[:2]]])
def test_too_few_sizes_have_no_law(sizes: list[tuple[int, int]]) -> None:
    assert fit_law(timings(power, np.random.default_rng(5), sizes)) is None


def test_one_round_is_enough_for_a_law() -> None:
    law = fit_law(timings(power, np.random.default_rng(6), LINE, rounds=1))
    assert law is not None
    found = law.exponent("n")
    assert found is not None
    assert found.low <= 1 <= found.high
    assert law.exponent("d") is None


LAWS = settings(derandomize=True, deadline=None, max_examples=50)


@LAWS
@given(st.floats(-2, 4), st.floats(1e-9, 1e3), st.sets(st.integers(0, 14), min_size=3, max_size=4))
def test_an_exact_power_comes_back(exponent: float, factor: float, places: set[int]) -> None:
    law = fit_law([Point(2**k, 1, (factor * (2.0**k) ** exponent,)) for k in places])
    assert law is not None
    found = law.exponent("n")
    assert found is not None
    assert found.value == pytest.approx(exponent, abs=1e-7)
    assert found.low <= found.value <= found.high
    assert law.at(2**20, 1).value == pytest.approx(factor * (2.0**20) ** exponent, rel=1e-4)


def test_the_interval_of_a_straight_line_is_that_of_scipy() -> None:
    rng = np.random.default_rng(7)
    x = np.array([10, 30, 100, 300, 1000])
    y = x**1.7 * np.exp(0.2 * rng.standard_normal(len(x)))
    law = fit_law([Point(1, int(d), (float(value),)) for d, value in zip(x, y, strict=True)])
    line = stats.linregress(np.log(x), np.log(y))
    reach = stats.t.ppf(0.975, len(x) - 2) * line.stderr
    assert law is not None
    assert not law.has_overhead
    assert law.exponent("d") == pytest.approx((line.slope, line.slope - reach, line.slope + reach), rel=1e-10)
    assert law.power_text("d") == f"d^{line.slope:.2f} ({line.slope - reach:.2f} – {line.slope + reach:.2f})"
    assert law.power_text("n") is None
