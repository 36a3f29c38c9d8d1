"""Digits that the data determine, against brute force and on cases with a known answer."""

import numpy as np
import pytest

from harness.catalog import dataset_class
from harness.reference import Judge, solve
from harness.reference.attainable import REACH
from tests.benchmarks.attainable import Kind, observed, random_problem
from tests.support.exact_least_squares import problem

RNG = np.random.default_rng(11)
X, Y = RNG.standard_normal((30, 2)), RNG.standard_normal(30)


@pytest.mark.parametrize("kind", ["up or down", "anything up to"])
def test_within_half_a_digit_of_brute_force(kind: Kind) -> None:
    """40 problems under 100 changes each; `tests.benchmarks.attainable` does 200 under 1,000."""
    rng = np.random.default_rng(2)
    found = [each for _ in range(40) for each in observed(random_problem(rng), rng, 100, kind)]
    near = np.mean([abs(each.predicted - each.observed) <= 0.5 for each in found])
    assert near >= 0.95
    assert all(each.bound <= each.observed + 0.01 for each in found), "where all conspire is the worst"


@pytest.mark.parametrize("l2", [0.0, 0.5])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_is_the_derivative(intercept: bool, l2: float, dtype: str) -> None:
    """Against changes of one value at a time, which finite differences of exact answers can tell."""
    asked = problem(X[:9], Y[:9], intercept=intercept, l2=l2, dtype=dtype)
    values = np.column_stack([asked.X, asked.y]).astype(np.float64)
    half = (2.0**-24 if dtype == "float32" else 2.0**-53) * 2.0 ** np.floor(np.log2(np.abs(values)))
    base = _answer(values, intercept, l2)
    squares, sums = np.zeros_like(base), np.zeros_like(base)
    for where in np.ndindex(values.shape):
        moved = values.copy()
        step = 2.0**-20
        moved[where] += step
        change = (_answer(moved, intercept, l2) - base) / step * half[where]
        squares, sums = squares + change**2, sums + np.abs(change)
    found = solve(asked).attainable
    assert found.coefficients == pytest.approx(-np.log10(REACH * np.sqrt(squares) / np.abs(base)), abs=1e-3)
    certain = -np.log10(sums / np.abs(base))
    assert (found.bounds <= certain + 1e-3).all(), "the triangle inequality"
    assert found.bounds == pytest.approx(certain, abs=0.2)


def _answer(values: np.ndarray, intercept: bool, l2: float) -> np.ndarray:
    answer = solve(problem(values[:, :-1], values[:, -1], intercept=intercept, l2=l2))
    return np.append(answer.intercept, answer.coef) if intercept else answer.coef


def test_scale_and_order_change_nothing() -> None:
    whole = solve(problem(X, Y)).attainable
    for a, b in ((2.0**300, 1.0), (2.0**-600, 2.0**-500), (1.0, 2.0**900), (2.0**-1000, 1.0)):
        scaled = solve(problem(X * a, Y * b)).attainable
        assert scaled.coefficients == pytest.approx(whole.coefficients, abs=1e-6)
        assert (scaled.fitted, scaled.noise) == pytest.approx((whole.fitted, whole.noise), rel=1e-6)
    turned = solve(problem(X[:, ::-1], Y)).attainable
    assert turned.coefficients == pytest.approx([whole.coefficients[k] for k in (0, 2, 1)], abs=1e-9)


def test_digits_that_the_data_carry() -> None:
    asked = problem(np.round(X, 3), np.round(Y, 3))
    reference = solve(asked)
    by_digits = {d: Judge(asked, reference, data_digits=d).attainable.worst for d in (3, 4, 8, 15)}
    assert by_digits[4] - by_digits[3] == pytest.approx(1)
    assert by_digits[8] - by_digits[4] == pytest.approx(4)
    assert by_digits[15] < reference.attainable.worst


def test_no_digit_where_columns_are_dependent_but_fitted_values_have_theirs() -> None:
    found = solve(problem(np.column_stack([X, X[:, 0]]), Y)).attainable
    assert found.coefficients == (0.0,) * 4
    assert found.fitted == pytest.approx(solve(problem(X, Y)).attainable.fitted, abs=0.5)
    more = solve(problem(RNG.standard_normal((4, 9)), RNG.standard_normal(4))).attainable
    assert set(more.coefficients) == {0.0}
    assert more.fitted > 14
    ridge = solve(problem(np.column_stack([X, X[:, 0]]), Y, l2=0.1)).attainable
    assert min(ridge.coefficients) > 14, "a penalty makes it well posed"


def test_a_column_that_is_dependent_but_for_rounding_is_lost() -> None:
    shifted = np.column_stack([X, X[:, 0] + 2])
    found = solve(problem(shifted, Y)).attainable
    assert found.lost == 1
    assert found.worst == 0
    assert solve(problem(shifted, Y, intercept=False)).attainable.lost == 0
    far = np.column_stack([X, X[:, 0] + 2 + 1e-9 * X[:, 1] ** 2])
    assert solve(problem(far, Y)).attainable.lost == 0
    assert Judge(problem(far, Y), solve(problem(far, Y)), data_digits=6).undetermined


@pytest.mark.parametrize(("name", "low", "high"), [("filip", 7.0, 7.4), ("longley", 10.8, 11.3), ("wampler5", 5, 6)])
def test_nists_sets(name: str, low: float, high: float) -> None:
    assert low < solve(dataset_class(f"nist_{name}")().data().problem).attainable.worst < high
