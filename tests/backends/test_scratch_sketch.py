"""Randomised least squares: as stable as a direct method, the same bits each time, and honest where it is neither."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backends import _preconditioned
from backends._embedding import SIGNS, add_rows, draws, sketch
from backends._kernels import bind_embedding
from backends.base import Fit, Problem, ProblemStack, Unsupported
from backends.numpy_lstsq import NumpyLstsq
from backends.scratch_ols import qr
from backends.scratch_sketch import ScratchSketch
from harness.datasets.synthetic import Synthetic
from harness.reference import solve

ROWS = 5_000
"""More than the smallest sketch has."""
BAND = 64


def synthetic(condition: float, noise: float, *, p: int = 20, intercept: bool = True, n: int = ROWS) -> Problem:
    table = Synthetic(n_samples=n, n_features=p, condition=condition, noise=noise, seed=3).load()
    return Problem(table.X, table.y, intercept)


def fit(problem: Problem, **options: Any) -> Fit:
    backend = ScratchSketch(**options)
    return backend.solve(backend.prepare(problem, "cpu"))


def backward_error(problem: Problem, found: Fit) -> float:
    """In units of roundoff times the norm of A: Karlson and Waldén's estimate, right to a factor of 1.5."""
    A = np.column_stack([problem.X, np.ones(len(problem.y))]) if problem.intercept else problem.X
    beta = np.append(found.coef, found.intercept)[: A.shape[1]]
    r = problem.y - A @ beta
    U, s, _ = np.linalg.svd(A, full_matrices=False)
    size = np.linalg.norm(beta)
    error = np.linalg.norm((s / np.hypot(s, np.linalg.norm(r) / size)) * (U.T @ r)) / size
    return float(error / (2.0**-53 * np.linalg.norm(A)))


@pytest.mark.parametrize("condition", [1.0, 1e4, 1e8, 1e12])
@pytest.mark.parametrize("noise", [1e-8, 1.0, 1e3])
def test_is_backward_stable_whatever_the_condition_and_the_residual(condition: float, noise: float) -> None:
    asked = synthetic(condition, noise)
    found = fit(asked)
    assert found.converged
    assert backward_error(asked, found) < 100


def test_without_refinement_it_would_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = synthetic(1e12, 1e-8)
    monkeypatch.setattr(_preconditioned, "REFINEMENTS", 1)
    found = fit(asked)
    assert not found.converged
    assert backward_error(asked, found) > 100


def test_iterations_that_do_not_get_there_are_not_convergence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_preconditioned, "PASSES", 1)
    assert not fit(synthetic(1e4, 1.0)).converged


@pytest.mark.parametrize("condition", [1.0, 1e6, 1e10])
def test_has_the_digits_of_a_direct_method_but_for_one_and_a_half(condition: float) -> None:
    asked = synthetic(condition, 1e-3)
    exact = np.array(solve(asked).coef, dtype=np.float64)
    scale = np.abs(exact).max()
    direct = np.abs(NumpyLstsq().solve(asked).coef - exact).max() / scale
    assert np.abs(fit(asked).coef - exact).max() / scale < max(30 * direct, 1e-15)


def test_a_badly_scaled_column_costs_nothing() -> None:
    asked = synthetic(1.0, 1.0)
    X = asked.X * np.geomspace(1e-12, 1e12, 20)
    found = fit(Problem(X, asked.y, True))
    np.testing.assert_allclose(found.coef * np.geomspace(1e-12, 1e12, 20), fit(asked).coef, rtol=1e-12)


@pytest.mark.parametrize("intercept", [True, False])
def test_a_penalty_is_that_of_the_contract(intercept: bool) -> None:
    plain = synthetic(10.0, 1.0, intercept=intercept)
    asked = Problem(plain.X, plain.y, intercept, 0.3)
    found, right = fit(asked), qr(asked)
    np.testing.assert_allclose(found.coef, right.coef, rtol=1e-12)
    assert found.intercept == pytest.approx(right.intercept, rel=1e-12)


def test_a_penalty_answers_fewer_rows_than_columns() -> None:
    asked = Problem(synthetic(1.0, 1.0).X[:9], synthetic(1.0, 1.0).y[:9], True, 0.3)
    np.testing.assert_allclose(fit(asked).coef, qr(asked).coef, rtol=1e-10)


@pytest.mark.parametrize(
    "column", [lambda X: X[:, 3], lambda X: X[:, 1] + X[:, 2], lambda X: 0 * X[:, 0], lambda X: 1 + 0 * X[:, 0]]
)
def test_dependent_columns_are_told(column: Callable[[Any], Any]) -> None:
    plain = synthetic(1.0, 1.0)
    with pytest.raises(Unsupported, match="linearly dependent, or nearly"):
        fit(Problem(np.column_stack([plain.X, column(plain.X)]), plain.y, True))


def test_a_stack_is_answered_one_by_one_and_tells_its_compilers() -> None:
    asked = synthetic(1.0, 1.0, p=3, n=100)
    backend = ScratchSketch()
    state = backend.prepare_many(ProblemStack(asked.X, asked.y, True, 0.0, np.array([[0, 50], [50, 100]])), "cpu")
    assert set(backend.versions(state)) <= {"kernels"}
    np.testing.assert_allclose(backend.solve_many(state).coef[1], qr(Problem(asked.X[50:], asked.y[50:], True)).coef)


def test_a_target_of_zeros_is_answered() -> None:
    found = fit(Problem(synthetic(1.0, 1.0).X, np.zeros(ROWS), True))
    assert found.converged
    assert not found.coef.any()


# randomness


def test_the_same_seed_gives_the_same_bits_and_another_the_same_answer() -> None:
    asked = synthetic(1e3, 1.0)
    first, again, other = fit(asked), fit(asked), fit(asked, seed=1)
    np.testing.assert_array_equal(first.coef, again.coef)
    assert first.intercept == again.intercept
    assert (first.coef != other.coef).any()
    np.testing.assert_allclose(first.coef, other.coef, rtol=1e-10)


def test_any_number_of_threads_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = synthetic(1.0, 1.0, p=50, n=22_000)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    one = fit(asked)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    np.testing.assert_array_equal(fit(asked).coef, one.coef)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize(("n", "p"), [(300, 1), (1000, 5), (64, 2), (777, 33)])
def test_the_kernel_has_the_bits_of_numpy(n: int, p: int, intercept: bool) -> None:
    stream = np.random.default_rng(0)
    asked = Problem(stream.standard_normal((n, p)), stream.standard_normal(n), intercept)
    kernel = bind_embedding(asked)
    if kernel is None:
        pytest.skip("Numba is not here")
    np.testing.assert_array_equal(sketch(asked, BAND, 5, kernel), sketch(asked, BAND, 5, add_rows))


def test_each_row_goes_once_into_each_band_and_a_block_once_to_each_of_its_rows() -> None:
    last = 0
    for draw in draws(40_000, BAND, 0):
        assert draw.first == last
        assert draw.places.shape == draw.signs.shape == (-(-(draw.last - draw.first) // BAND), SIGNS, BAND)
        assert (np.sort(draw.places, axis=2) == np.arange(BAND)).all()
        assert set(np.unique(draw.signs)) == {-1.0, 1.0}
        last = draw.last
    assert last == 40_000


def test_a_sketch_keeps_lengths() -> None:
    asked = synthetic(1e6, 1.0, p=30)
    rows = sketch(asked, 12 * 32 // SIGNS, 0, add_rows) / np.sqrt(SIGNS)
    R = np.linalg.qr(np.column_stack([asked.X, np.ones(ROWS), asked.y]), mode="r")
    changes = np.linalg.svd(rows @ np.linalg.inv(R), compute_uv=False)
    assert 0.55 < changes.min() < changes.max() < 1.45
