"""``scratch_ols`` with ``method="exact"``: every number correctly rounded, by the kernel and by its statement."""

import os
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends import _exact
from backends._integers import integer_moments
from backends._kernels import bind_exact
from backends._kernels.machine_code import OFF
from backends.base import Fit, Problem
from backends.scratch_ols import ScratchOls
from harness.catalog import dataset_class
from harness.reference import solve as exact_answer
from tests.backends.test_scratch_ols import ADVERSARIAL, NIST, ROUNDING, Y, laws, problems
from tests.benchmarks.exact_answers import random_problem
from tests.support.exact_least_squares import digits, problem, solve

needs_kernels = pytest.mark.skipif(
    find_spec("numba") is None or os.environ.get(OFF) == "numpy", reason="there are no kernels"
)


def exact(asked: Problem) -> Fit:
    backend = ScratchOls(method="exact")
    return backend.solve(backend.prepare(asked, "cpu"))


def proved(asked: Problem) -> Fit | None:
    bound = bind_exact(asked)
    return bound.solve() if bound else None


def enclosed(asked: Problem) -> Fit | None:
    moments = integer_moments(asked)
    return None if moments is None else _exact.enclosed(asked, moments)


def assert_rounds(fit: Fit, asked: Problem) -> None:
    assert fit.converged
    assert fit.rank == solve(asked)[2]
    assert digits(fit, asked) == 17.0


@pytest.mark.parametrize("name", NIST)
def test_nist_sets_have_17_digits(name: str) -> None:
    asked = dataset_class(f"nist_{name}")().data().problem
    assert_rounds(exact(asked), asked)


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_whatever_the_data_every_number_is_correctly_rounded(name: str) -> None:
    assert_rounds(exact(ADVERSARIAL[name]), ADVERSARIAL[name])


@pytest.mark.parametrize("name", ROUNDING)
def test_columns_dependent_but_for_rounding_are_taken_as_they_are(name: str) -> None:
    asked = problem(ROUNDING[name], Y)
    assert_rounds(exact(asked), asked)


@laws
@given(problems, st.sampled_from([0.0, 1.0, 1e6, 1e12]))
def test_what_an_enclosure_proves_is_so(asked: Problem, offset: float) -> None:
    asked = problem(asked.X + offset, asked.y, intercept=asked.intercept, l2=asked.l2)
    for way in (proved, enclosed, exact):
        fit = way(asked)
        if fit is not None:
            assert_rounds(fit, asked)
        else:
            assert way is not exact


@needs_kernels
@pytest.mark.parametrize("p", [1, 3, 10, 20])
@pytest.mark.parametrize("exponent", [0, 4, 8, 12])
def test_the_kernel_needs_no_help_up_to_a_condition_of_1e12(exponent: int, p: int) -> None:
    asked = random_problem(150, p, exponent, np.random.default_rng([exponent, p]))
    fit, truth, stated = proved(asked), exact_answer(asked), enclosed(asked)
    assert fit is not None
    for answer in (fit, stated):
        assert answer is not None
        np.testing.assert_array_equal(answer.coef, truth.coef)
        assert answer.intercept == truth.intercept


@pytest.mark.parametrize("largest", [1.0, np.nextafter(1.0, 0.0), np.nextafter(1.0, 2.0), 2.0**-60, 3.0])
def test_the_largest_value_may_be_next_to_a_power_of_two(largest: float) -> None:
    x = np.linspace(-0.4, 0.4, 41)
    x[7] = largest
    asked = problem(x[:, None], np.sin(x) + 3)
    assert_rounds(exact(asked), asked)


def test_values_many_powers_of_two_apart_need_more_slices() -> None:
    rng = np.random.default_rng(3)
    for spread in (20, 60, 200):
        x = np.ldexp(rng.standard_normal((30, 2)), rng.integers(-spread, spread, (30, 2)))
        asked = problem(x, rng.standard_normal(30))
        assert_rounds(exact(asked), asked)


@pytest.mark.parametrize(
    ("values", "wanted"), [((1.0, 1 + 2.0**-52), 1.0), ((1 + 2.0**-52, 1 + 2.0**-51), 1 + 2.0**-51)]
)
def test_halfway_between_two_numbers_the_even_one_is_taken(values: tuple[float, float], wanted: float) -> None:
    fit = exact(problem([[1.0], [1.0]], values, intercept=False))
    assert (fit.coef.tolist(), fit.converged) == ([wanted], True)


def test_many_dependent_columns_are_not_claimed_to_be_exact() -> None:
    wide = np.random.default_rng(4).standard_normal((40, _exact.MOST_UNKNOWNS + 1))
    fit = exact(problem(wide, Y))
    assert not fit.converged
    assert np.isfinite(fit.coef).all()


def test_more_features_than_the_kernel_takes() -> None:
    asked = random_problem(300, 70, 6, np.random.default_rng(6))
    fit, truth = exact(asked), exact_answer(asked)
    assert fit.converged
    np.testing.assert_array_equal(fit.coef, truth.coef)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_not_claimed_to_be_solved(value: float) -> None:
    target = Y.copy()
    target[3] = value
    assert not exact(problem(np.arange(40.0)[:, None], target)).converged
