"""Scores against the exact answer."""

import math
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.base import Inference, Problem
from backends.scratch_ols import ScratchOls
from harness.judgement import Answer, Scores, common_digits
from harness.judgement.answer import certified_digits_of
from harness.reference import HeldOut, Judge, solve
from tests.support.exact_least_squares import problem

RNG = np.random.default_rng(3)
X, Y = RNG.standard_normal((40, 3)) + 2, RNG.standard_normal(40)


def scored(asked: Problem, coef: Any, intercept: float, **more: Any) -> SimpleNamespace:
    answer = Answer(Judge(asked, solve(asked)), np.asarray(coef, dtype=np.float64), intercept, **more)
    return SimpleNamespace(**Scores.of(answer).record())


def test_seventeen_digits_are_the_last_bit_and_one_bit_less_is_not() -> None:
    asked = problem(X, Y)
    exact = solve(asked)
    assert scored(asked, exact.coef, exact.intercept).digits == 17
    one_off = exact.coef.copy()
    one_off[1] = np.nextafter(one_off[1], 9)
    assert 15 < scored(asked, one_off, exact.intercept).digits < 16.3
    assert scored(asked, exact.coef, np.nextafter(exact.intercept, 9)).digits < 16.3


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.integers(0, 3), st.floats(0.5, 14))
def test_digits_count_the_worst_coefficient(which: int, wanted: float) -> None:
    asked = problem(X, Y)
    exact = solve(asked)
    answer = np.concatenate([[exact.intercept], exact.coef])
    answer[which] *= 1 + 10**-wanted
    assert scored(asked, answer[1:], answer[0]).digits == pytest.approx(wanted, abs=0.02)


def test_an_exact_zero_is_judged_by_the_absolute_error() -> None:
    asked = problem([[1.0], [-1.0], [1.0], [-1.0]], [1.0, 1.0, -1.0, -1.0])
    assert scored(asked, [1e-5], 0.0).digits == pytest.approx(5)
    assert scored(asked, [0.0], 0.0).digits == 17


def test_without_an_intercept_it_is_not_judged() -> None:
    asked = problem(X, Y, intercept=False)
    assert scored(asked, solve(asked).coef, 0.0).digits == 17


def test_digits_stay_between_0_and_17() -> None:
    asked = problem(X, Y)
    for coef in ([1e300] * 3, [-1e300] * 3, [0.0] * 3):
        assert 0 <= scored(asked, coef, 1e308).digits <= 17


def test_excess_loss_is_the_loss_beyond_the_least_and_does_not_cancel() -> None:
    asked = problem(X, Y)
    exact = solve(asked)
    far = scored(asked, exact.coef + 0.5, exact.intercept)
    assert far.excess_loss == pytest.approx(far.loss_train - exact.loss, rel=1e-12)
    near = scored(asked, exact.coef + 1e-12, exact.intercept)
    assert near.excess_loss == pytest.approx(np.mean((X.sum(axis=1) * 1e-12) ** 2), rel=1e-3)
    assert near.loss_train == pytest.approx(exact.loss)
    assert scored(asked, exact.coef, exact.intercept).excess_loss < 1e-31


@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("intercept", [True, False])
def test_gradient_norm_is_that_of_the_objective(intercept: bool, l2: float) -> None:
    asked = problem(X, Y, intercept=intercept, l2=l2)
    coef, constant = np.array([0.3, -0.2, 0.1]), 0.7 * intercept

    def objective(step: np.ndarray) -> float:
        b = coef + step[:3]
        return float(np.mean((X @ b + constant + step[3] - Y) ** 2) + l2 * b @ b)

    steps = 1e-6 * np.eye(4)[: 3 + intercept]
    numeric = np.linalg.norm([(objective(s) - objective(-s)) / 2e-6 for s in steps])
    assert scored(asked, coef, constant).gradient_norm == pytest.approx(numeric, rel=1e-6)
    exact = solve(asked)
    assert scored(asked, exact.coef, exact.intercept).gradient_norm < 1e-14


def test_dependent_columns_are_judged_by_fitted_values_and_say_so() -> None:
    twice = np.column_stack([X[:, 0], X[:, 0]])
    asked = problem(twice, Y)
    exact = solve(asked)
    moved = exact.coef + np.array([0.5, -0.5])
    found = scored(asked, moved, exact.intercept)
    assert found.ill_posed
    assert found.judged_by == "fitted values"
    assert found.digits > 15, "another solution with the same fitted values is as right"
    assert found.exact_rank == 2
    assert math.isinf(found.condition)
    assert not scored(problem(twice, Y, l2=0.1), [0.1, 0.1], 0.0).ill_posed, "a penalty makes it well posed"


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_dependent_columns_are_judged_alike_whatever_their_scale(scale: float) -> None:
    asked = problem(np.column_stack([X[:, 0], X[:, 0]]) * scale, Y * scale)
    exact = solve(asked)
    assert scored(asked, exact.coef, exact.intercept).digits > 15.5
    assert scored(asked, np.add(exact.coef, [0.5, -0.5]), exact.intercept).digits > 14.5
    assert scored(asked, exact.coef * (1 + 1e-6), exact.intercept).digits == pytest.approx(6, abs=1.5)
    assert scored(asked, [0.0, 0.0], 0.0).digits < 0.1, "nothing is no answer, however small the data"


def test_a_correctly_rounded_answer_that_fits_badly_is_no_good_one() -> None:
    """Rounded to float64, coefficients of 1e15 no longer fit: the worst fit of all must not have the most digits."""
    near = np.repeat(X[:, :1], 2, axis=1)
    near[0, 1] = np.nextafter(near[0, 1], 9)
    asked = problem(near, Y)
    exact = solve(asked)
    rounded, sensible = scored(asked, exact.coef, exact.intercept), ScratchOls().solve(asked)
    assert rounded.ill_posed
    fitted = scored(asked, sensible.coef, sensible.intercept)
    assert rounded.loss_train > fitted.loss_train
    assert rounded.digits < fitted.digits


def test_next_to_an_exact_zero_is_not_zero() -> None:
    asked = problem([[1.0], [-1.0], [1.0], [-1.0]], [1.0, 1.0, -1.0, -1.0])
    assert 15 < scored(asked, [1e-18], 0.0).digits < 16
    assert 15 < scored(asked, [5e-324], 0.0).digits < 16


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_answer_that_is_not_finite_has_no_digits(bad: float) -> None:
    found = scored(problem(X, Y), [bad, 0.0, 0.0], 1.0, certified=["1", "2", "3", "4"])
    assert found.digits == found.certified_digits == 0
    assert not math.isfinite(found.loss_train)


def test_numbers_at_the_ends_of_the_range_warn_of_nothing() -> None:
    assert common_digits(np.array([1e308]), 0.0, np.array([-1e308]), 0.0) == 0
    assert common_digits(np.array([np.inf]), 0.0, np.array([np.inf]), 0.0) == 0
    assert certified_digits_of([1e308], ["1e-300"]) == 0
    beyond = problem([[5e-324], [1e-323], [2e-323]], [1e300, 2e300, 1e300])
    assert np.isinf(solve(beyond).coef).all()
    assert scored(beyond, [1e308], 0.0).digits == 0


def test_float32_data_are_ill_posed_sooner() -> None:
    near = np.repeat(X[:, :1].astype(np.float32), 2, axis=1)
    near[0, 1] = np.nextafter(near[0, 1], np.float32(9))
    assert not scored(problem(near, Y), [0.0, 0.0], 0.0).ill_posed
    assert scored(problem(near, Y, dtype="float32"), [0.0, 0.0], 0.0).ill_posed


def test_rows_kept_back_have_a_loss_of_their_own() -> None:
    asked = problem(X, Y)
    found = scored(asked, [0.1, 0.2, 0.3], 0.5, held_out=HeldOut(X[:7], Y[:7]))
    assert found.loss_test == pytest.approx(np.mean((X[:7] @ [0.1, 0.2, 0.3] + 0.5 - Y[:7]) ** 2), rel=1e-14)
    assert scored(asked, [0.1, 0.2, 0.3], 0.5).loss_test is None


def test_what_could_be_better_and_whether_it_matters() -> None:
    asked = problem(X, Y)
    exact = solve(asked)
    right, near, far = (scored(asked, exact.coef + off, exact.intercept) for off in (0.0, 1e-6, 1.0))
    assert [each.verdict for each in (right, near, far)] == ["exact", "harmless", "wrong"]
    assert right.attainable == near.attainable
    assert 14 < right.attainable < 16.5
    assert right.backward_error < 1 < near.backward_error < far.backward_error
    assert near.error_in_se == pytest.approx(1e-6 * far.error_in_se)
    assert far.measured_in == "standard errors"


def test_certified_digits_are_counted_exactly_and_stop_at_15() -> None:
    assert certified_digits_of([1.0], ["1.00000000000000"]) == 15
    assert certified_digits_of([float(Fraction("0.1"))], ["0.100000000000000"]) == 15
    assert certified_digits_of([1.001], ["1.00000000000000"]) == pytest.approx(3, abs=1e-3)
    assert certified_digits_of([1e-4], ["0"]) == pytest.approx(4)


def test_certified_digits_are_no_more_than_the_exact_answer_has() -> None:
    asked = problem(X, Y)
    exact = solve(asked)
    off = [repr(float(each * (1 + 1e-6))) for each in [exact.intercept, *exact.coef]]
    assert scored(asked, exact.coef, exact.intercept, certified=off).certified_digits == pytest.approx(6, abs=0.01)
    lucky = [float(each) for each in off]
    assert scored(asked, lucky[1:], lucky[0], certified=off).certified_digits == pytest.approx(6, abs=0.01)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.lists(st.floats(-1e9, 1e9), min_size=4, max_size=4), st.lists(st.floats(-1e9, 1e9), min_size=4, max_size=4))
def test_common_digits_are_symmetric(a: list[float], b: list[float]) -> None:
    one, other = (np.array(a[:3]), a[3]), (np.array(b[:3]), b[3])
    assert common_digits(*one, *other) == common_digits(*other, *one)
    assert common_digits(*one, *one) == 17
    assert 0 <= common_digits(*one, *other) <= 17


def own_inference(asked: Problem, **changed: Any) -> Inference:
    """The exact inference as a library that makes no error says it, but for what is changed."""
    exact = solve(asked).inference
    assert exact is not None
    return Inference(**{**{name: getattr(exact, name) for name in Inference._fields}, **changed})


def test_inference_has_the_digits_of_its_worst_number() -> None:
    asked = problem(X, Y)
    exact = solve(asked)

    def digits(**changed: Any) -> Any:
        return scored(asked, exact.coef, exact.intercept, inference=own_inference(asked, **changed)).inference_digits

    assert exact.inference is not None
    assert exact.inference.p_values is not None
    assert digits() == 17
    for name in Inference._fields:
        value = getattr(exact.inference, name)
        assert digits(**{name: np.multiply(value, 1 + 1e-6)}) == pytest.approx(6, abs=0.01), name
    assert digits(t_values=None, f_value=None) == 17, "what is not said is not judged"
    assert digits(p_values=np.array([math.nan, *exact.inference.p_values[1:]])) == 0
    assert scored(asked, exact.coef, exact.intercept).inference_digits is None
    off = scored(asked, exact.coef, exact.intercept, inference=own_inference(asked, f_value=2.0, aic=None))
    assert set(off.statistic_digits) == set(Inference._fields) - {"aic"}
    assert {name for name, found in off.statistic_digits.items() if found < 17} == {"f_value"}


def test_what_the_exact_fit_leaves_undefined_is_not_judged() -> None:
    line = problem([[1.0], [2.0], [3.0], [4.0]], [3.0, 5.0, 7.0, 9.0])
    said = own_inference(line, t_values=np.array([1e15, 1e15]), f_value=math.inf)
    assert scored(line, [2.0], 1.0, inference=said).inference_digits == 17
    ridge = problem(X, Y, l2=0.1)
    assert scored(ridge, [0.0] * 3, 0.0, inference=own_inference(problem(X, Y))).inference_digits is None
