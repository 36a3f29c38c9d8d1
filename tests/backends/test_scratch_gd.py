"""Gradient descent: the article's digits, the same iterates without the rows, and when it stops."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.base import Array, Fit, Problem, Snapshot
from backends.scratch_gd import ScratchGD
from harness.datasets.advertising import Advertising
from harness.datasets.linear import Linear
from harness.datasets.pi_line import PiLine

Method = Literal["gram", "naive"]
Initial = Literal["zeros", "normal", "uniform"]
METHODS: tuple[Method, ...] = ("gram", "naive")
each_method = pytest.mark.parametrize("method", METHODS)
hypothesis = settings(deadline=None, max_examples=40, derandomize=True)


def fit(problem: Problem, **options: Any) -> Fit:
    backend = ScratchGD(**options)
    return backend.solve(backend.prepare(problem, "cpu"))


def losses_of(snapshots: Iterable[Snapshot]) -> list[float]:
    """One an epoch: this backend has the loss at hand in each."""
    losses = [each.loss for each in snapshots]
    assert None not in losses
    return [each for each in losses if each is not None]


def random_problem(seed: int, n: int, d: int, *, intercept: bool = True, l2: float = 0.0) -> Problem:
    rng = np.random.default_rng(seed)
    X = rng.uniform(-1, 1, (n, d)) + 0.5
    y = X @ rng.uniform(-2, 2, d) + 3 + rng.standard_normal(n)
    X.flags.writeable = y.flags.writeable = False
    return Problem(X, y, intercept, l2)


def ridge(problem: Problem) -> Array:
    """Coefficients and intercept in closed form."""
    n, d = problem.X.shape
    A = np.column_stack([problem.X, np.ones(n)])[:, : d + problem.intercept]
    penalty = n * problem.l2 * np.diag(np.arange(A.shape[1]) < d)
    return np.append(np.linalg.solve(A.T @ A + penalty, A.T @ problem.y), np.zeros(1 - problem.intercept))


def theta(fit: Fit) -> Array:
    return np.append(fit.coef, fit.intercept)


# the articles


def test_naive_prints_the_articles_digits() -> None:
    answer = fit(Advertising(scale="minmax").data().problem, method="naive", learning_rate=0.1, epochs=1000)
    assert (answer.intercept, answer.coef[0]) == (0.21519198226718594, 0.5534083104180343)
    assert (answer.iterations, answer.converged) == (1000, False)


@hypothesis
@given(seed=st.integers(0, 1000), n=st.integers(1, 60), epochs=st.integers(1, 20))
def test_naive_is_the_articles_loop_bit_for_bit(seed: int, n: int, epochs: int) -> None:
    problem = random_problem(seed, n, 1)
    x, y = problem.X[:, 0], problem.y
    slope, intercept, N = 0.0, 0.0, float(n)
    for _ in range(epochs):
        predictions = slope * x + intercept
        slope_gradient = -(2 / N) * sum(x * (y - predictions))
        intercept_gradient = -(2 / N) * sum(y - predictions)
        slope, intercept = slope - 0.1 * slope_gradient, intercept - 0.1 * intercept_gradient
    answer = fit(problem, method="naive", learning_rate=0.1, epochs=epochs)
    assert (answer.coef[0], answer.intercept) == (slope, intercept)


@each_method
def test_the_house_price_run_ends_two_per_cent_short(method: Method) -> None:
    problem = Linear().data().problem
    answer = fit(problem, method=method, initial="normal", learning_rate=0.001, epochs=2000)
    assert not answer.converged
    assert 0.015 < 1 - answer.intercept / ridge(problem)[1] < 0.025


def test_ten_times_the_house_price_epochs_give_every_digit() -> None:
    problem = Linear().data().problem
    answer = fit(problem, initial="normal", learning_rate=0.001, epochs=20_000)
    assert answer.converged
    np.testing.assert_allclose(theta(answer), ridge(problem), rtol=1e-11)


def test_the_pi_line_comes_nearer_with_every_stage() -> None:
    problem = PiLine().data().problem
    distances = [
        np.linalg.norm(theta(fit(problem, learning_rate=0.01, epochs=epochs)) - ridge(problem))
        for epochs in (500, 2500, 10_000)
    ]
    assert all(later < earlier for earlier, later in pairwise(distances))


# one iteration, two methods


@hypothesis
@given(
    seed=st.integers(0, 1000),
    n=st.integers(1, 200),
    d=st.integers(0, 6),
    intercept=st.booleans(),
    l2=st.sampled_from([0.0, 0.25]),
    initial=st.sampled_from(["zeros", "normal", "uniform"]),
)
def test_both_methods_take_the_same_path(
    seed: int, n: int, d: int, intercept: bool, l2: float, initial: Initial
) -> None:
    problem = random_problem(seed, n, d, intercept=intercept, l2=l2)
    paths = [
        [(*snapshot.read(), snapshot.loss) for snapshot in backend.path(problem)]
        for backend in (ScratchGD(method=m, learning_rate=0.05, epochs=30, initial=initial) for m in METHODS)
    ]
    scale = float(np.mean(problem.y**2))
    for (coef, b, loss), (naive_coef, naive_b, naive_loss) in zip(*paths, strict=True):
        size = max(np.abs(naive_coef).max(initial=0.0), abs(naive_b))
        np.testing.assert_allclose(coef, naive_coef, rtol=0, atol=1e-12 * size)
        assert b == pytest.approx(naive_b, rel=0, abs=1e-12 * size)
        assert loss == pytest.approx(naive_loss, rel=1e-12, abs=1e-13 * scale)


def test_gram_never_looks_at_the_rows_again() -> None:
    problem = random_problem(1, 50, 3)
    X, y = problem.X.copy(), problem.y.copy()
    path = ScratchGD(epochs=10).path(Problem(X, y, intercept=True))
    next(path)
    X[:] = y[:] = np.nan
    *_, last = path
    np.testing.assert_array_equal(last.read()[0], fit(problem, epochs=10).coef)


def test_a_large_mean_of_the_target_stays_out_of_the_loss() -> None:
    problem = random_problem(2, 500, 3)
    far = Problem(problem.X, problem.y + 1e7, intercept=True)
    *_, last = ScratchGD(learning_rate=0.3, epochs=3000).path(far)
    answer = ridge(problem)
    least = np.mean((problem.X @ answer[:-1] + answer[-1] - problem.y) ** 2)
    assert last.loss == pytest.approx(least, rel=1e-8)


@each_method
def test_float32_is_widened(method: Method) -> None:
    problem = random_problem(3, 100, 4)
    narrow = Problem(problem.X.astype(np.float32), problem.y.astype(np.float32), intercept=True)
    wide = Problem(narrow.X.astype(np.float64), narrow.y.astype(np.float64), intercept=True)
    np.testing.assert_array_equal(theta(fit(narrow, method=method)), theta(fit(wide, method=method)))


# where it ends


@each_method
@pytest.mark.parametrize("intercept", [True, False])
def test_it_comes_to_rest_at_the_ridge_solution(method: Method, intercept: bool) -> None:
    problem = random_problem(4, 80, 3, intercept=intercept, l2=0.5)
    answer = fit(problem, method=method, learning_rate=0.2, epochs=5000)
    assert answer.converged
    np.testing.assert_allclose(theta(answer), ridge(problem), rtol=1e-12, atol=1e-14)


def test_at_tolerance_zero_the_last_updates_moved_nothing() -> None:
    *_, before, last = (s.read() for s in ScratchGD(learning_rate=0.2, epochs=5000).path(random_problem(5, 80, 3)))
    np.testing.assert_array_equal(np.append(*before), np.append(*last))


@each_method
@pytest.mark.parametrize("tolerance", [1e-2, 1e-5, 1e-8])
def test_the_tolerance_is_on_the_change_of_the_loss(method: Method, tolerance: float) -> None:
    problem = random_problem(6, 80, 3)
    losses = losses_of(ScratchGD(method="naive", epochs=2000, learning_rate=0.2).path(problem))
    changes = [abs(b - a) for a, b in pairwise(losses)]
    first = next(epoch for epoch, change in enumerate(changes, start=2) if change <= tolerance)
    answer = fit(problem, method=method, epochs=2000, learning_rate=0.2, tolerance=tolerance)
    assert (answer.iterations, answer.converged) == (first, True)


@each_method
def test_one_epoch_has_not_converged(method: Method) -> None:
    answer = fit(random_problem(7, 20, 2), method=method, epochs=1, tolerance=1e300)
    assert (answer.iterations, answer.converged) == (1, False)


@each_method
@pytest.mark.parametrize("initial", ["zeros", "normal"])
def test_a_rate_far_too_large_is_given_up_within_a_few_epochs(method: Method, initial: Initial) -> None:
    answer = fit(Linear().data().problem, method=method, initial=initial, learning_rate=1.0, epochs=2000)
    assert answer.iterations is not None
    assert answer.iterations < 10
    assert not answer.converged
    assert np.isnan(theta(answer)).all()


@each_method
def test_a_path_that_nobody_stops_overflows_quietly(method: Method) -> None:
    *_, last = ScratchGD(method=method, learning_rate=10.0, epochs=500).path(random_problem(8, 20, 2))
    assert not np.isfinite(losses_of([last])[0])
    assert not last.converged


# where it starts


def start(problem: Problem, **options: Any) -> Array:
    """The first update does nothing at a rate of next to nothing."""
    return theta(fit(problem, learning_rate=1e-300, epochs=1, **options))


def test_starts() -> None:
    problem = random_problem(9, 10, 400)
    assert np.abs(start(problem, initial="zeros")).max() < 1e-290
    assert start(problem, initial="normal").std() == pytest.approx(0.01, rel=0.15)
    uniform = start(problem, initial="uniform")
    assert 0.95 / 20 < np.abs(uniform).max() <= 1 / 20


@pytest.mark.parametrize("initial", ["normal", "uniform"])
def test_the_seed_decides_the_start(initial: Initial) -> None:
    problem = random_problem(10, 10, 3)
    one, again, other = (start(problem, initial=initial, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.isclose(one, other).any()


@pytest.mark.parametrize("initial", ["normal", "uniform"])
def test_no_intercept_starts_and_stays_at_zero(initial: Initial) -> None:
    assert fit(random_problem(11, 10, 3, intercept=False), initial=initial, epochs=5).intercept == 0.0


# bad options


@pytest.mark.parametrize(
    ("option", "value"), [("learning_rate", 0.0), ("epochs", 0), ("tolerance", -1e-9), ("seed", -1)]
)
def test_options_out_of_bounds(option: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{option}: got {value}, wanted"):
        ScratchGD(**{option: value})
