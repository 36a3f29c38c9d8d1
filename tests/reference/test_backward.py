"""Backward errors against the optimal ones, which Waldén, Karlson and Sun's singular value gives."""

import numpy as np
import pytest

from backends.base import Array
from harness.catalog import dataset_class
from harness.reference import Judge, solve
from tests.support.exact_least_squares import problem

RNG = np.random.default_rng(4)
UNIT = 2.0**-53


def optimal(X: Array, y: Array, coef: Array, intercept: float, *, has_intercept: bool) -> float:
    """Their Theorem 2.2 with θ = 1, columns and target of unit length: an SVD of a wide matrix."""
    A = np.column_stack([X, np.ones(len(X))]) if has_intercept else X
    length, target = np.linalg.norm(A, axis=0), np.linalg.norm(y)
    b = np.append(coef, intercept)[: A.shape[1]] * length / target
    A, y = A / length, y / target
    r = y - A @ b
    eta = np.linalg.norm(r) / np.sqrt(1 + b @ b)
    projector = np.eye(len(y)) - np.outer(r, r) / (r @ r)
    return float(min(eta, np.linalg.svd(np.hstack([A, eta * projector]), compute_uv=False)[-1]))


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("noise", [1e-3, 0.1, 10.0])
@pytest.mark.parametrize("condition", [1.0, 1e3, 1e7])
def test_close_to_the_optimum(condition: float, noise: float, intercept: bool) -> None:
    X = RNG.standard_normal((15, 3))
    X[:, 2] = X[:, 0] + X[:, 2] / condition
    y = X @ [1.0, -2, 3] + noise * RNG.standard_normal(15)
    asked = problem(X, y, intercept=intercept)
    exact, judging = solve(asked), Judge(asked, solve(asked))
    for size in (1e-7, 1e-4, 1e-1, 10.0):
        coef = exact.coef * (1 + size * RNG.standard_normal(3))
        found = judging.score(coef, exact.intercept).backward_error * UNIT
        assert found == pytest.approx(optimal(X, y, coef, exact.intercept, has_intercept=intercept), rel=0.35)


def test_scale_changes_nothing_and_zero_is_an_answer_too() -> None:
    X = RNG.standard_normal((15, 3))
    y = X @ [1.0, -2, 3] + RNG.standard_normal(15)
    errors = [
        Judge(asked, solve(asked)).score(np.array([1.0, -1.0, 0.5]) * b / a, 0.25 * b).backward_error
        for a, b in ((1.0, 1.0), (2.0**300, 1.0), (2.0**-500, 2.0**400))
        for asked in [problem(X * a, y * b)]
    ]
    assert errors[1:] == pytest.approx([errors[0]] * 2, rel=1e-9)
    asked = problem(X, y)
    assert Judge(asked, solve(asked)).score(np.zeros(3), 0.0).backward_error * UNIT > 0.1


def test_balls_take_over_where_float64_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = dataset_class("nist_longley")().data().problem
    exact = solve(asked)
    coef = exact.coef * (1 + 1e-9)
    plain = Judge(asked, exact).score(coef, exact.intercept).backward_error
    monkeypatch.setattr("harness.reference.backward.REGULAR", np.inf)
    in_balls = Judge(asked, exact).score(coef, exact.intercept).backward_error
    assert in_balls == pytest.approx(plain, rel=1e-5)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("name", ["wide", "a column twice", "a column of zeros", "a constant column"])
def test_dependent_columns_need_no_balls(name: str, intercept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    X, y = rng.standard_normal((9, 30 if name == "wide" else 3)), rng.standard_normal(9)
    if name != "wide":
        X[:, 2] = X[:, 0] if name == "a column twice" else float(name == "a constant column")
    asked = problem(X, y, intercept=intercept)
    exact = solve(asked)
    coef = exact.coef * (1 + 1e-11 * rng.standard_normal(X.shape[1]))
    found = {}
    for regular in (1e-9, np.inf):
        monkeypatch.setattr("harness.reference.backward.REGULAR", regular)
        with monkeypatch.context() as without:
            if regular < 1:
                without.setattr("harness.reference.backward.Backward._norm_in_balls", None)
            found[regular] = Judge(asked, exact).score(coef, exact.intercept).backward_error
    assert found[1e-9] > 1
    assert found[1e-9] == pytest.approx(found[np.inf], rel=1e-5)


def test_a_cut_of_small_singular_values_is_seen() -> None:
    """scikit-learn's LinearRegression from 1.9 on cuts them below 1e-6 of the largest: on Wampler1, four of five."""
    asked = dataset_class("nist_wampler1")().data().problem
    centred = asked.X - asked.X.mean(axis=0)
    U, s, Vt = np.linalg.svd(centred, full_matrices=False)
    kept = s > 1e-6 * s[0]
    coef = Vt[kept].T @ ((U[:, kept].T @ (asked.y - asked.y.mean())) / s[kept])
    intercept = float(asked.y.mean() - asked.X.mean(axis=0) @ coef)
    assert not kept.all()
    assert Judge(asked, solve(asked)).score(coef, intercept).backward_error > 1e6


def test_with_a_penalty_its_rows_count() -> None:
    X, y = RNG.standard_normal((15, 3)), RNG.standard_normal(15)
    asked = problem(X, y, intercept=False, l2=0.2)
    exact, coef = solve(asked), np.array([0.1, 0.2, -0.3])
    rows, zeros = np.sqrt(15 * 0.2) * np.eye(3), np.zeros(3)
    whole = optimal(np.vstack([X, rows]), np.append(y, zeros), coef, 0.0, has_intercept=False)
    assert Judge(asked, exact).score(coef, 0.0).backward_error * UNIT == pytest.approx(whole, rel=0.35)
    assert Judge(asked, exact).score(exact.coef, 0.0).backward_error < 3
