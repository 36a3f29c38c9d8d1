"""Exact scores: their laws, and every number against fractions."""

import csv
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.base import Problem
from backends.numpy_lstsq import NumpyLstsq
from harness.catalog import dataset_class
from harness.reference import Judge, solve
from harness.reference.rounding import nearest, root
from harness.reference.scores import ExactScores
from tests.reference.brute import Float64, brute_scores, nearly_dependent, random_problem
from tests.support.exact_least_squares import problem

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
RNG = np.random.default_rng(5)
X, Y = RNG.standard_normal((40, 3)) + 2, RNG.standard_normal(40)


def judge(asked: Problem) -> Judge:
    return Judge(asked, solve(asked))


def answers(asked: Problem, rng: np.random.Generator) -> list[tuple[Float64, float]]:
    exact = solve(asked)
    p = asked.X.shape[1]
    found: list[tuple[Float64, float]] = [
        (np.array(rng.standard_normal(p)), float(rng.standard_normal()) * asked.intercept)
    ]
    if np.isfinite(exact.coef).all():
        found.append((exact.coef, exact.intercept))
        found.append((exact.coef * (1 + 10.0 ** rng.uniform(-15, -1)), exact.intercept))
    fit = NumpyLstsq().solve(NumpyLstsq().prepare(asked, "cpu")) if not asked.l2 else None
    if fit is not None and np.isfinite(fit.coef).all():
        found.append((fit.coef, fit.intercept))
    return found


def close(got: float, exact: Fraction) -> bool:
    """Correctly rounded."""
    return got == nearest(exact)


@pytest.mark.parametrize("part", range(10))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_score_against_fractions_on_500_problems(part: int) -> None:
    rng = np.random.default_rng(part)
    for _ in range(50):
        asked = random_problem(rng)
        judging = judge(asked)
        for coef, intercept in answers(asked, rng):
            found, exact = judging.score(coef, intercept), brute_scores(asked, coef.tolist(), intercept)
            assert close(found.loss, exact.loss)
            assert close(judging.minimum, exact.minimum)
            assert close(found.objective, exact.minimum + exact.excess)
            assert close(found.excess, exact.excess)
            assert found.gradient_norm == root(exact.gradient_square)
            distance = root(exact.distance_square / (exact.fitted_square or len(asked.y)))
            assert found.fitted_distance == pytest.approx(distance, rel=1e-14, abs=0)
            assert found.max_difference == pytest.approx(nearest(exact.max_difference), rel=1e-14, abs=0)
            lies(judging, found)


def lies(judging: Judge, found: ExactScores) -> None:
    """The laws of a loss."""
    assert 0 <= found.excess <= found.objective
    assert judging.minimum <= found.objective
    whole = judging.minimum + found.excess
    assert math.isinf(whole) or abs(whole - found.objective) <= 2 * math.ulp(max(whole, found.objective))
    assert 0 <= found.digits <= 17
    assert found.backward_error >= 0


@settings(derandomize=True, deadline=None, max_examples=80)
@given(
    st.integers(1, 12), st.integers(0, 3), st.booleans(), st.sampled_from([0.0, 0.0, 0.3]), st.integers(0, 2**32 - 1)
)
def test_laws(n: int, p: int, intercept: bool, l2: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    A, y = rng.standard_normal((n, p)), rng.standard_normal(n)
    if p > 1:
        A[:, -1] = nearly_dependent(A[:, 0], rng)
    asked = problem(A, y, intercept=intercept, l2=l2)
    judging = judge(asked)
    coef, b0 = rng.standard_normal(p), float(rng.standard_normal()) * intercept
    found = judging.score(coef, b0)
    lies(judging, found)
    assert judging.score(coef.copy(), b0) == found, "equal fits have equal scores"
    order = rng.permutation(n)
    assert judge(problem(A[order], y[order], intercept=intercept, l2=l2)).score(coef, b0).loss == found.loss
    exact = solve(asked)
    best = judging.score(exact.coef, exact.intercept)
    assert best.coefficient_digits == 17
    if l2 == 0:
        assert best.backward_error < 100


def test_dependent_columns_give_equal_fitted_values_equal_digits() -> None:
    asked = problem(np.column_stack([X[:, 0], X[:, 0], X[:, 1]]), Y)
    judging = judge(asked)
    base = np.array([0.25, 0.5, -0.125])
    first = judging.score(base, 0.5)
    assert first.judged_by == "fitted values"
    for move in (0.5, 3.0, 1024.0):
        moved = judging.score(base + np.array([move, -move, 0.0]), 0.5)
        assert (moved.digits, moved.loss, moved.excess) == (first.digits, first.loss, first.excess)


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1.0, 1e155, 1e290])
def test_nothing_overflows(scale: float) -> None:
    asked = problem(X * scale, Y)
    judging = judge(asked)
    found = judging.score(solve(asked).coef, solve(asked).intercept)
    assert found.digits == 17
    assert found.loss == judging.minimum
    assert found.backward_error < 100
    assert found.verdict == "exact"
    assert np.isfinite([found.gradient_norm, found.fitted_distance, found.attainable]).all()
    assert 14 < found.attainable < 17
    huge = judging.score(np.full(3, 1.7e308), -1.7e308)
    assert huge.digits == 0
    assert not math.isnan(huge.loss + huge.excess + huge.prediction_error + huge.backward_error)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_answer_that_is_not_finite_is_wrong(bad: float) -> None:
    found = judge(problem(X, Y)).score(np.array([bad, 0, 0]), 0.0)
    assert found.digits == 0
    assert found.verdict == "wrong"


def test_without_features_and_without_variation() -> None:
    asked = problem(np.zeros((5, 0)), [1.0, 2, 3, 4, 5])
    assert judge(asked).score(np.zeros(0), 3.0).verdict == "exact"
    assert judge(asked).score(np.zeros(0), 5.0).verdict == "wrong"
    zero = problem(np.zeros((4, 2)), np.zeros(4))
    assert judge(zero).score(np.zeros(2), 0.0).excess == 0
    assert judge(zero).score(np.zeros(2), 1.0).excess == 1


def test_a_gram_matrix_that_was_not_kept_is_made_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = problem(X, Y)
    monkeypatch.setattr("harness.reference.record.MOST_HEX_DIGITS", 0)
    solve(asked, tmp_path)
    again = solve(asked, tmp_path)
    assert again.exact.gram is None
    assert Judge(asked, again).score(np.ones(3), 1.0) == judge(asked).score(np.ones(3), 1.0)
    assert Judge(asked, again, data_digits=4).attainable == Judge(asked, solve(asked), data_digits=4).attainable


def test_a_cached_reference_judges_as_a_new_one(tmp_path: Path) -> None:
    for l2 in (0.0, 0.1):
        asked = problem(X, Y, l2=l2)
        solve(asked, tmp_path)
        kept = solve(asked, tmp_path)
        assert Judge(asked, kept).score(np.ones(3), 1.0) == judge(asked).score(np.ones(3), 1.0)
        assert (kept.inference, kept.attainable) == (solve(asked).inference, solve(asked).attainable)


def test_more_features_than_rationals_are_taken_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = problem(X, Y)
    exact = judge(asked).score(np.ones(3), 1.0)
    whole = problem(RNG.integers(-9, 10, (30, 3)), np.zeros(30))
    whole = problem(whole.X, whole.X.sum(axis=1) + 2)
    monkeypatch.setattr("harness.reference.rational.MOST_FEATURES", 0)
    assert judge(asked).score(np.ones(3), 1.0) == exact
    judging = judge(whole)
    assert judging.minimum == 0
    assert judging.residuals_vanish
    assert judging.score(np.ones(3), 2.0).excess == 0
    assert judging.score(np.ones(3), 2.0).verdict == "exact"


@pytest.mark.parametrize(
    ("name", "minimum", "loss", "excess", "digits"),
    [
        ("shares_of_100", 0.1178, 0.1363, 0.0185, 1.63),
        ("centimetres_and_inches", 0.4561, 1.794, 1.338, 1.73),
        ("celsius_and_fahrenheit", 0.05134, 0.05488, 0.00354, 2.18),
        ("shifted_duplicate", 0.07242, 0.08185, 0.00943, 0.72),
    ],
)
def test_columns_that_are_dependent_but_for_rounding(
    name: str, minimum: float, loss: float, excess: float, digits: float
) -> None:
    """Every library's answer; digits and losses computed once in fractions, by hand."""
    asked = case(name)
    judging = judge(asked)
    found = judging.score(*_numpy(asked))
    assert judging.undetermined
    assert judging.minimum == pytest.approx(minimum, rel=1e-3)
    assert (found.loss, found.excess) == pytest.approx((loss, excess), rel=2e-3)
    assert found.digits == pytest.approx(digits, abs=0.01)
    assert found.judged_by == "fitted values"
    assert found.verdict == "best_possible"
    assert found.digits <= found.attainable + 1e-9
    assert judging.attainable.worst == 0


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("opposite_column", "best_possible"),
        ("twins", "best_possible"),
        ("all_dummies", "best_possible"),
        ("large_x", "wrong"),
        ("years_squared", "best_possible"),
        ("dummies_no_intercept", "exact"),
    ],
)
def test_verdicts_on_reported_kinds(name: str, word: str) -> None:
    asked = case(name)
    assert judge(asked).score(*_numpy(asked)).verdict == word


def test_where_residuals_vanish_the_target_measures_and_it_is_said() -> None:
    asked = dataset_class("nist_wampler1")().data().problem
    judging = judge(asked)
    assert judging.residuals_vanish
    found = judging.score(np.array([1, 1, 1, 1.5, 1.0]), 1.0)
    assert found.error_in_se is None
    assert found.measured_in == "target deviations"
    assert found.verdict == "visible"
    few = problem(X[:3], Y[:3])
    assert judge(few).score(np.zeros(3), 0.0).measured_in == "target deviations"


def test_errors_are_measured_in_exact_standard_errors() -> None:
    asked = problem(X, Y)
    exact = solve(asked)
    judging = judge(asked)
    assert exact.standard_errors is not None
    assert exact.residual_deviation is not None
    for share, word in ((1e-4, "harmless"), (0.5, "visible"), (1.5, "wrong")):
        moved = exact.coef.copy()
        moved[1] += share * exact.standard_errors[2]
        found = judging.score(moved, exact.intercept)
        assert found.error_in_se == pytest.approx(share)
        assert found.measured_in == "standard errors"
        assert found.verdict == word
        changes = np.abs(asked.X @ (moved - exact.coef))
        assert found.prediction_error == pytest.approx(changes.max() / exact.residual_deviation)


def test_a_change_of_a_fitted_value_that_cancels_is_still_known() -> None:
    asked = case("shifted_duplicate") if CASES.exists() else problem(X, Y)
    coef, intercept = _numpy(asked)
    exact = solve(asked).exact
    changes = [
        sum(Fraction(float(v)) * (Fraction(float(b)) - c) for v, b, c in zip(row, coef, exact.coef, strict=True))
        + Fraction(intercept)
        - exact.intercept
        for row in asked.X
    ]
    judging = judge(asked)
    scale = judging.score(coef, intercept).prediction_error
    worst, deviation = nearest(max(map(abs, changes))), solve(asked).residual_deviation
    assert deviation is not None
    assert scale == pytest.approx(worst / deviation, rel=1e-6)


def case(name: str) -> Problem:
    if not CASES.exists():
        pytest.skip("needs ../shared/cases")
    with (CASES / f"{name}.csv").open(encoding="utf-8") as file:
        rows = np.array(list(csv.reader(file))[1:], dtype=np.float64)
    return problem(rows[:, :-1], rows[:, -1], intercept=name != "dummies_no_intercept")


def _numpy(asked: Problem) -> tuple[np.ndarray, float]:
    fit = NumpyLstsq().solve(NumpyLstsq().prepare(asked, "cpu"))
    return fit.coef, fit.intercept
