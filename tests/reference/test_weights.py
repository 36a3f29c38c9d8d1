"""Weighted least squares: the exact answer and its scores, by laws and against R's and statsmodels' conventions."""

from dataclasses import replace
from fractions import Fraction
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from backends._gram import solve_gram
from backends._refined import solve_refined
from backends.base import Problem
from backends.scratch_gd import ScratchGD
from backends.scratch_ols import ScratchOls
from harness.reference import HeldOut, Judge, fingerprint, record, solve
from harness.reference.gram import exact_gram
from tests.support.exact_least_squares import digits, problem

Float64 = NDArray[np.float64]

RNG = np.random.default_rng(8)
X = RNG.standard_normal((30, 3))
Y = X @ [1.0, -2.0, 0.5] + 2 + 0.3 * RNG.standard_normal(30)
W = RNG.random(30) * 10.0 ** RNG.integers(-3, 4, 30)


def weighted(weights: Float64, *, intercept: bool = True, l2: float = 0.0) -> Problem:
    return replace(problem(X, Y, intercept=intercept, l2=l2), weights=weights)


def values(asked: Problem) -> dict[str, object]:
    return record.write(solve(asked))


# ------------------------------------------------------------------------------------------------------ exact sums


@given(seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=30)
def test_weighted_sums_are_exact(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 20))
    A = rng.standard_normal((n, 2)) * 10.0 ** rng.integers(-300, 300, 2)
    y, w = rng.integers(-9, 9, n).astype(float), np.abs(rng.standard_normal(n)) * 10.0 ** rng.integers(-30, 30)
    w[rng.random(n) < 0.2] = 0.0
    columns = [list(map(Fraction, each)) for each in (*A.T.tolist(), y.tolist(), [1.0] * n)]
    counts = list(map(Fraction, w.tolist()))
    gram = exact_gram(A, y, w)
    for j, a in enumerate(columns):
        for k, b in enumerate(columns):
            assert gram.value(j, k) == sum((s * t * c for s, t, c in zip(a, b, counts, strict=True)), Fraction(0))
    assert gram.n_samples == np.count_nonzero(w)


def test_limbs_that_are_all_ones_do_not_overflow_a_block() -> None:
    n = 20_000
    full = np.full(n, 2.0 - 2.0**-52)
    square = Fraction(float(full[0])) ** 3 * n
    assert exact_gram(full[:, None], -full, full).value(0, 1) == -square


def test_pieces_add_up_whatever_their_weights() -> None:
    whole, pieces = exact_gram(X, Y, W), [slice(0, 7), slice(7, 8), slice(8, 30)]
    added = reduce(add, (exact_gram(X[rows], Y[rows], W[rows]) for rows in pieces))
    assert all(added.value(j, k) == whole.value(j, k) for j in range(5) for k in range(5))


# ------------------------------------------------------------------------------------------------------------- laws


@pytest.mark.parametrize("l2", [0.0, 0.1])
@pytest.mark.parametrize("intercept", [True, False])
def test_weights_of_1_are_no_weights_to_the_last_bit(intercept: bool, l2: float) -> None:
    ones, none = weighted(np.ones(30), intercept=intercept, l2=l2), problem(X, Y, intercept=intercept, l2=l2)
    assert values(ones) == values(none)
    answers = [X[0] * 3, 1.5 * intercept]
    assert Judge(ones, solve(ones)).score(*answers) == Judge(none, solve(none)).score(*answers)


@given(power=st.integers(-300, 300))
@settings(deadline=None, max_examples=20)
def test_a_power_of_two_times_all_weights_changes_no_bit(power: int) -> None:
    one, other = values(weighted(W)), values(weighted(W * 2.0**power))
    for name in ("coef", "coef_low", "intercept", "loss", "condition", "standard_errors", "r_squared"):
        assert other[name] == one[name], name
    mine, theirs = (solve(weighted(each)).attainable for each in (W, W * 2.0**power))  # by roots in float64
    np.testing.assert_allclose(mine.coefficients, theirs.coefficients, rtol=1e-14)


@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_weights_that_count_are_repetitions_of_rows(l2: float) -> None:
    counts = RNG.integers(0, 4, 30)
    rows = np.repeat(np.arange(30), counts)
    asked, whole = weighted(counts.astype(float), l2=l2), problem(X[rows], Y[rows], l2=l2)
    one, other = solve(asked), solve(whole)
    assert one.coef.tolist() == other.coef.tolist()
    assert one.intercept == other.intercept
    assert (one.loss, one.condition, one.r_squared) == (other.loss, other.condition, other.r_squared)
    guess = np.array([1.0, 2.0, 3.0]), 4.0
    mine, theirs = Judge(asked, one).score(*guess), Judge(whole, other).score(*guess)
    for name in ("loss", "excess", "objective", "gradient_norm", "fitted_distance", "digits", "max_difference"):
        assert getattr(mine, name) == getattr(theirs, name), name
    if one.standard_errors is not None and other.standard_errors is not None:
        # the same but for what counts as observations: rows, not weights
        freedoms = np.sqrt((len(rows) - 4) / (np.count_nonzero(counts) - 4))
        np.testing.assert_allclose(np.array(one.standard_errors) / other.standard_errors, freedoms, rtol=1e-14)


def test_a_row_of_weight_0_is_no_row() -> None:
    some = np.where(np.arange(30) % 3 == 0, 0.0, W)
    kept = some > 0
    left_out = replace(problem(X[kept], Y[kept]), weights=some[kept])
    one, other = solve(weighted(some)), solve(left_out)
    for name in ("coef", "coef_low", "intercept", "loss", "condition", "inference", "rank"):
        assert np.all(getattr(one, name) == getattr(other, name)), name
    assert one.inference is not None
    assert one.inference.degrees_of_freedom == np.count_nonzero(kept) - 4
    guess = np.array([1.0, 2.0, 3.0]), 4.0
    assert Judge(weighted(some), one).score(*guess) == Judge(left_out, other).score(*guess)


def test_backends_of_our_own_keep_the_laws_to_the_last_bit() -> None:
    def bits(asked: Problem) -> list[bytes]:
        fits = [solve_gram(asked), solve_refined(asked), ScratchGD(epochs=50).solve(asked)]
        fits += [ScratchOls(method=method).solve(asked) for method in ("auto", "qr", "normal")]
        fits += [ScratchGD(method="naive", epochs=50).solve(asked)]
        return [np.append(fit.coef, fit.intercept).tobytes() for fit in fits if fit is not None]

    assert bits(weighted(np.ones(30))) == bits(problem(X, Y))
    assert bits(weighted(W))[2:] == bits(weighted(W * 2.0**-7))[2:]  # the first two leave normalising to their caller


@pytest.mark.parametrize("l2", [0.0, 1e-3])
@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_scratch_ols_has_every_digit(offset: float, l2: float) -> None:
    for asked in (weighted(W, l2=l2), replace(problem(X + offset, Y, l2=l2), weights=W)):
        assert digits_of(asked) == 17.0


def digits_of(asked: Problem) -> float:
    fit = ScratchOls().solve(asked)
    return Judge(asked, solve(asked)).score(fit.coef, fit.intercept).digits


def test_scratch_ols_knows_dependent_columns_whatever_the_weights() -> None:
    asked = replace(problem(np.column_stack([X, X[:, 0] * 2]), Y), weights=W)
    fit = ScratchOls().solve(asked)
    assert fit.rank == solve(asked).rank == 4
    np.testing.assert_allclose(fit.coef, solve(asked).coef, rtol=1e-14)


# ------------------------------------------------------------------------------------------------------ conventions


def test_inference_is_that_of_statsmodels_wls() -> None:
    sm = pytest.importorskip("statsmodels.api")
    theirs = sm.WLS(Y, sm.add_constant(X), weights=W).fit()
    found = solve(weighted(W)).inference
    assert found is not None
    pairs = {
        "standard_errors": theirs.bse, "t_values": theirs.tvalues, "p_values": theirs.pvalues,
        "residual_deviation": np.sqrt(theirs.scale), "r_squared": theirs.rsquared,
        "adjusted_r_squared": theirs.rsquared_adj, "f_value": theirs.fvalue, "log_likelihood": theirs.llf,
        "aic": theirs.aic, "bic": theirs.bic,
    }  # fmt: skip
    for name, value in pairs.items():
        np.testing.assert_allclose(getattr(found, name), value, rtol=1e-8, err_msg=name)


def test_what_the_data_determine_is_that_of_rows_times_the_roots() -> None:
    """With squares for weights, and no intercept, weighting is multiplying the rows by whole numbers."""
    roots: Float64 = np.ldexp(np.ones(30), RNG.integers(-3, 4, 30))
    one = solve(weighted(roots**2, intercept=False))
    other = solve(problem(X * roots[:, None], Y * roots, intercept=False))
    np.testing.assert_allclose(one.attainable.coefficients, other.attainable.coefficients, rtol=1e-12)
    np.testing.assert_allclose(one.attainable.bounds, other.attainable.bounds, rtol=1e-12)
    guess = np.array([1.0, 2.0, 3.0]), 0.0
    mine = Judge(weighted(roots**2, intercept=False), one).score(*guess)
    theirs = Judge(problem(X * roots[:, None], Y * roots, intercept=False), other).score(*guess)
    assert mine.backward_error == pytest.approx(theirs.backward_error, rel=1e-12)
    assert mine.prediction_error == pytest.approx(theirs.prediction_error, rel=1e-12)


def test_a_test_loss_is_weighted() -> None:
    assert HeldOut(X, Y, W).loss(np.zeros(3), 0.0) == pytest.approx(float(np.average(Y**2, weights=W)), rel=1e-15)


def test_an_answer_is_kept_by_its_weights(tmp_path: Path) -> None:
    solve(weighted(W), tmp_path)
    assert fingerprint(weighted(W)) != fingerprint(weighted(2 * W)) != fingerprint(problem(X, Y))
    again = solve(weighted(W), tmp_path)
    assert record.write(again) == values(weighted(W))
    assert digits(ScratchOls().solve(problem(X, Y)), problem(X, Y)) == 17.0
    assert len([*tmp_path.iterdir()]) == 1
