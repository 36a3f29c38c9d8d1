"""Inference to the digit: NIST's certified values, and other libraries' where they are good."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from backends.base import Problem
from harness.catalog import dataset_class
from harness.datasets._certified import Certified
from harness.datasets._nist import NistDataset
from harness.reference import solve
from harness.reference.inference import BITS, ExactInference, _quantile, _rounded, _two_sided, inference
from harness.reference.rounding import nearest
from harness.reference.spread import spread
from tests.support.exact_least_squares import fit_rows, problem
from tests.support.nist import LINEAR, agrees

RNG = np.random.default_rng(17)
X, Y = RNG.standard_normal((30, 3)), RNG.standard_normal(30)

CERTIFIED_F = {
    "nist_norris": "5436385.54079785",
    "nist_pontius": "185330865.995752",
    "nist_noint1": "15750.2500000000",
    "nist_noint2": "298.666666666667",
    "nist_filip": "2162.43954511489",
    "nist_longley": "330.285339234588",
    "nist_wampler1": None,  # "Infinity"
    "nist_wampler2": None,
    "nist_wampler3": "675524.458240122",
    "nist_wampler4": "67.5524458240122",
    "nist_wampler5": "0.675524458240122E-02",
}
"""From the analysis-of-variance tables of NIST's pages."""


def found(name: str) -> tuple[ExactInference, Certified]:
    dataset = dataset_class(name)()
    assert isinstance(dataset, NistDataset)
    table, certified = dataset.decimal_table(), dataset.certified()
    assert certified is not None
    fit = fit_rows(table.X, table.y, intercept=dataset.intercept)
    return inference(fit, spread(fit).variances), certified


def inferred(asked: Problem) -> ExactInference:
    found = solve(asked).inference
    assert found is not None
    return found


@pytest.mark.parametrize("name", LINEAR)
def test_nists_certified_values_to_15_digits(name: str) -> None:
    exact, certified = found(name)
    assert exact.standard_errors is not None
    assert all(map(agrees, exact.standard_errors, certified.standard_deviations))
    assert len(exact.standard_errors) == len(certified.standard_deviations)
    assert agrees(exact.residual_deviation, certified.residual_standard_deviation)
    assert agrees(exact.r_squared, certified.r_squared)
    assert exact.r_squared_about == ("mean" if certified.r_squared_kind == "centred" else "zero")
    wanted = CERTIFIED_F[name]
    assert exact.f_value is None if wanted is None else agrees(exact.f_value, wanted)


@pytest.mark.parametrize("intercept", [True, False])
def test_as_statsmodels_has_them(intercept: bool) -> None:
    A = sm.add_constant(X) if intercept else X
    theirs, mine = sm.OLS(Y, A).fit(), inferred(problem(X, Y, intercept=intercept))

    def close(wanted: Any) -> Any:
        return pytest.approx(wanted, rel=1e-11, abs=0)

    assert mine.standard_errors == close(theirs.bse)
    assert mine.t_values == close(theirs.tvalues)
    assert mine.p_values == close(theirs.pvalues)
    limits = theirs.conf_int()
    assert mine.confidence_low == close(limits[:, 0])
    assert mine.confidence_high == close(limits[:, 1])
    assert (mine.degrees_of_freedom, mine.model_degrees_of_freedom) == (theirs.df_resid, theirs.df_model)
    for one, other in (
        (mine.residual_deviation, math.sqrt(theirs.scale)),
        (mine.r_squared, theirs.rsquared),
        (mine.adjusted_r_squared, theirs.rsquared_adj),
        (mine.f_value, theirs.fvalue),
        (mine.f_p_value, theirs.f_pvalue),
        (mine.log_likelihood, theirs.llf),
        (mine.aic, theirs.aic),
        (mine.bic, theirs.bic),
    ):
        assert one == close(other)


def test_r_squared_is_about_the_mean_wherever_the_columns_span_the_constant() -> None:
    group = RNG.integers(0, 3, 30)
    group[:3] = 0, 1, 2
    dummies = np.eye(3)[group]
    plain = inferred(problem(dummies, Y + 5, intercept=False))
    assert plain.r_squared_about == "mean"
    assert plain.model_degrees_of_freedom == 2
    with_intercept = inferred(problem(dummies[:, 1:], Y + 5))
    assert (plain.r_squared, plain.f_value, plain.f_p_value) == (
        with_intercept.r_squared,
        with_intercept.f_value,
        with_intercept.f_p_value,
    )
    theirs = sm.OLS(Y + 5, dummies).fit()
    assert (plain.r_squared, plain.f_value) == pytest.approx((theirs.rsquared, theirs.fvalue), rel=1e-11)
    assert inferred(problem(X, Y, intercept=False)).r_squared_about == "zero"


def test_far_out_p_values_are_right_where_float64_functions_end() -> None:
    y = 1e3 * X[:, 0] + Y * 1e-3
    exact = inferred(problem(X, y))
    assert exact.p_values is not None
    assert exact.t_values is not None
    assert 0 < exact.p_values[1] < 1e-120
    log_p = stats.t.logsf(abs(exact.t_values[1]), 26) + math.log(2)
    assert math.log(exact.p_values[1]) == pytest.approx(log_p, rel=1e-6)
    closer = inferred(problem(np.repeat(X, 30, axis=0), np.repeat(y, 30)))
    assert closer.p_values is not None
    assert closer.p_values[1] == 0.0, "below the least float64"


@pytest.mark.parametrize("freedom", [1, 2, 3, 7, 40, 1000, 10**6])
def test_the_quantile_is_enclosed(freedom: int) -> None:
    ball = _quantile(freedom)
    assert ball.rel_accuracy_bits() > 80
    assert float(ball) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-13)


@pytest.mark.parametrize("freedom", [2, 10, 100, 1000])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.5, 0.75, 0.9, 0.99])
def test_p_values_down_to_1e_300_are_the_correctly_rounded_ones(freedom: int, share: float) -> None:
    """Where ``x^(ν/2)`` is ``1e-300`` to the power of ``share``; against the finite sum of an even ν."""
    x = 10 ** (-600 * share / freedom)
    t_square = max(1, round(freedom * (1 / x - 1)))
    with flint.ctx.workprec(BITS):
        found = _rounded(_two_sided(flint.arb(t_square), freedom))
    assert found == _p_by_finite_sum(t_square, freedom)


def _p_by_finite_sum(t_square: int, freedom: int) -> float:
    """Abramowitz and Stegun 26.7.4, with as many digits as 1 less the sum cancels."""
    with localcontext() as context:
        context.prec = 700
        cosine_square = Decimal(freedom) / (freedom + t_square)
        term = total = Decimal(1)
        for k in range(1, freedom // 2):
            term *= cosine_square * (2 * k - 1) / (2 * k)
            total += term
        return float(1 - (1 - cosine_square).sqrt() * total)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.integers(3, 25), st.integers(0, 2**32 - 1), st.floats(-3, 3))
def test_a_line_has_one_p_whatever_its_sign_and_whichever_test(n: int, seed: int, slope: float) -> None:
    rng = np.random.default_rng(seed)
    x, noise = rng.standard_normal((n, 1)), rng.standard_normal(n)
    y = slope * x[:, 0] + noise
    one, other = inferred(problem(x, y)), inferred(problem(x, -y))
    assert one.t_values is not None
    assert other.t_values is not None
    assert one.p_values is not None
    assert one.f_value is not None
    assert other.t_values == tuple(-t for t in one.t_values)
    assert other.p_values == one.p_values
    assert all(0 <= p <= 1 for p in one.p_values)
    assert one.f_p_value == one.p_values[1], "both are the correctly rounded one"
    assert one.f_value == pytest.approx(one.t_values[1] ** 2, rel=1e-15)
    assert one.p_values == pytest.approx(2 * stats.t.sf(np.abs(one.t_values), n - 2), rel=1e-12)
    assert one.f_p_value == pytest.approx(stats.f.sf(one.f_value, 1, n - 2), rel=1e-12)


def test_what_is_not_defined_is_none() -> None:
    line = inferred(problem([[1.0], [2.0], [3.0], [4.0]], [3.0, 5.0, 7.0, 9.0]))
    assert line.standard_errors == (0.0, 0.0)
    assert line.residual_deviation == 0.0
    assert line.r_squared == 1.0
    undefined = (line.t_values, line.p_values, line.confidence_low, line.f_value, line.log_likelihood)
    assert undefined == (None,) * 5
    assert solve(problem(X, Y, l2=0.1)).inference is None
    flat = inferred(problem(X, np.zeros(30)))
    assert flat.r_squared is None
    few = inferred(problem(X[:4], Y[:4]))
    assert (few.degrees_of_freedom, few.standard_errors, few.residual_deviation) == (0, None, None)


def test_dependent_columns_leave_what_the_fitted_values_say() -> None:
    one = inferred(problem(X, Y))
    exactly = inferred(problem(np.column_stack([X, X[:, 0]]), Y))
    assert exactly.standard_errors is None
    assert (exactly.residual_deviation, exactly.r_squared, exactly.f_p_value, exactly.aic) == (
        one.residual_deviation,
        one.r_squared,
        one.f_p_value,
        one.aic,
    )
    assert exactly.degrees_of_freedom == 26


def test_every_number_is_the_nearest_float64() -> None:
    """Against rationals, and against balls of four times the precision."""
    exact = inferred(problem(np.round(X * 8), np.round(Y * 8)))
    again = _at_higher_precision(problem(np.round(X * 8), np.round(Y * 8)))
    assert again == exact
    fit = fit_rows(
        [[Fraction(float(v)) for v in row] for row in np.round(X * 8)],
        [Fraction(float(v)) for v in np.round(Y * 8)],
        intercept=True,
    )
    assert fit.r_squared is not None
    assert exact.r_squared == nearest(fit.r_squared)


def _at_higher_precision(asked: Problem) -> ExactInference:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.reference.inference.BITS", 640)
        return inferred(asked)
