"""Gradient descent: the article's digits, the same iterates without the rows, and when it stops."""

from collections.abc import Iterable
from dataclasses import replace
from importlib.util import find_spec
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends._descent import Update
from backends._kernels import machine_code
from backends.base import Array, Fit, Problem, Snapshot
from backends.scratch_gd import ScratchGD
from harness.datasets.advertising import Advertising
from harness.datasets.linear import Linear
from harness.datasets.pi_line import PiLine
from harness.reference import solve

Method = Literal["gram", "naive"]
Initial = Literal["zeros", "normal", "uniform"]
METHODS: tuple[Method, ...] = ("gram", "naive")
UPDATES: tuple[Update, ...] = get_args(Update)
each_method = pytest.mark.parametrize("method", METHODS)
each_update = pytest.mark.parametrize("update", UPDATES)
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


# kernels and NumPy


needs_kernels = pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")


@pytest.fixture
def numpy_alone(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Without kernels until it is undone."""
    monkeypatch.setattr(machine_code, "load", lambda _: None)
    return monkeypatch


@needs_kernels
@each_method
@each_update
@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("intercept", [False, True])
def test_kernels_and_numpy_take_the_same_path(
    method: Method, update: Update, l2: float, weighted: bool, intercept: bool, numpy_alone: pytest.MonkeyPatch
) -> None:
    problem = random_problem(20, 83, 5, intercept=intercept, l2=l2)
    if weighted:
        problem = replace(problem, weights=np.arange(83.0))
    backend = ScratchGD(method=method, update=update, learning_rate=0.1, epochs=5)
    plain = [(np.append(*each.read()), each.loss) for each in backend.path(problem)]
    numpy_alone.undo()
    compiled = [(np.append(*each.read()), each.loss) for each in backend.path(backend.prepare(problem, "cpu"))]
    assert len(plain) == len(compiled) == 5
    for (theta, loss), (wanted, wanted_loss) in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(theta, wanted, rtol=0, atol=1e-12 * np.abs(wanted).max())
        assert loss == pytest.approx(wanted_loss, rel=1e-11)
    np.testing.assert_array_equal(theta, np.append(*each_of(backend.solve(problem))))


def each_of(fit: Fit) -> tuple[Array, float]:
    return fit.coef, fit.intercept


@needs_kernels
@pytest.mark.parametrize("n", [1, 3, 4, 30])
def test_a_compiled_pass_adds_up_one_row_after_another(n: int, numpy_alone: pytest.MonkeyPatch) -> None:
    problem = replace(random_problem(21, n, 1, l2=0.1), weights=np.linspace(0.1, 1, n))
    plain = fit(problem, method="naive", epochs=20)
    numpy_alone.undo()
    np.testing.assert_array_equal(theta(fit(problem, method="naive", epochs=20)), theta(plain))


@needs_kernels
def test_a_walk_that_blows_up_is_given_up_as_the_loop_is(numpy_alone: pytest.MonkeyPatch) -> None:
    problem = random_problem(22, 40, 3)
    plain = fit(problem, learning_rate=10.0)
    numpy_alone.undo()
    compiled = fit(problem, learning_rate=10.0)
    assert (compiled.iterations, compiled.converged) == (plain.iterations, False)
    assert np.isnan(theta(compiled)).all()


# the updates


def steps_of(problem: Problem, update: Update, epochs: int, rate: float = 0.1) -> list[Array]:
    path = ScratchGD(update=update, learning_rate=rate, epochs=epochs, momentum=0.5).path(problem)
    return [np.append(*each.read()) for each in path]


def gradient_at(problem: Problem, theta: Array) -> Array:
    A = np.column_stack([problem.X, np.ones(len(problem.y))])
    return 2 * A.T @ (A @ theta - problem.y) / len(problem.y) + 2 * problem.l2 * np.append(theta[:-1], 0.0)


def test_heavy_ball_is_polyaks() -> None:
    problem, now, before = random_problem(23, 50, 3, l2=0.1), np.zeros(4), np.zeros(4)
    for step in steps_of(problem, "heavy_ball", 10):
        now, before = now - 0.1 * gradient_at(problem, now) + 0.5 * (now - before), now
        np.testing.assert_allclose(step, now, rtol=1e-11)


def test_nesterovs_sequence_starts_again_uphill() -> None:
    problem, now, before, k, restarts = random_problem(24, 50, 3), np.zeros(4), np.zeros(4), 1.0, 0
    ahead = now
    for step in steps_of(problem, "nesterov", 60):
        now, before = ahead - 0.1 * gradient_at(problem, ahead), now
        if gradient_at(problem, ahead) @ (now - before) > 0:
            k, restarts = 1.0, restarts + 1
        k, last = (1 + np.sqrt(1 + 4 * k * k)) / 2, k
        ahead = now + (last - 1) / k * (now - before)
        np.testing.assert_allclose(step, now, rtol=1e-9)
    assert restarts


@each_method
def test_a_line_search_steps_to_where_the_objective_is_least(method: Method) -> None:
    problem = random_problem(25, 50, 3, l2=0.1)
    at = [np.append(*each.read()) for each in ScratchGD(method=method, update="line_search", epochs=8).path(problem)]
    for before, after in pairwise([np.zeros(4), *at]):
        g = gradient_at(problem, before)
        assert abs(gradient_at(problem, after) @ g) < 1e-12 * (g @ g)


@each_method
@pytest.mark.parametrize("weighted", [False, True])
def test_conjugate_gradients_end_after_as_many_epochs_as_columns(method: Method, weighted: bool) -> None:
    problem = random_problem(26, 300, 6, l2=0.05)
    if weighted:
        problem = replace(problem, weights=np.tile([1.0, 2.0, 0.0], 100))
    answer = fit(problem, method=method, update="conjugate")
    assert answer.converged
    assert answer.iterations is not None
    assert answer.iterations <= 7 + 3
    exact = solve(problem)
    np.testing.assert_allclose(theta(answer), [*exact.coef, exact.intercept], rtol=1e-13)


@each_method
@each_update
@pytest.mark.parametrize("intercept", [True, False])
def test_each_update_comes_to_the_ridge_solution_and_says_so(method: Method, update: Update, intercept: bool) -> None:
    problem = random_problem(27, 80, 3, intercept=intercept, l2=0.5)
    answer = fit(problem, method=method, update=update, learning_rate=0.2, momentum=0.5, epochs=5000)
    assert answer.converged
    np.testing.assert_allclose(theta(answer), ridge(problem), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("update", ["line_search", "conjugate"])
@each_method
def test_the_rules_on_the_gradient_stop_early_by_the_tolerance(method: Method, update: Update) -> None:
    problem = random_problem(28, 200, 8)
    loose, tight = (fit(problem, method=method, update=update, tolerance=tolerance) for tolerance in (1e-3, 1e-10))
    assert loose.converged
    assert tight.converged
    assert (loose.iterations or 0) < (tight.iterations or 0)
    errors = [np.abs(theta(each) - ridge(problem)).max() for each in (loose, tight)]
    assert errors[1] < 1e-6
    assert errors[0] > 1e-4


@each_update
def test_the_first_epoch_of_any_update_has_not_converged(update: Update) -> None:
    answer = fit(random_problem(29, 20, 2), update=update, epochs=1, tolerance=1e300)
    assert (answer.iterations, answer.converged) == (1, False)


@each_method
def test_data_without_residuals_meet_the_first_rule(method: Method) -> None:
    X = np.arange(24.0).reshape(8, 3) % 7
    answer = fit(Problem(X, X @ [1.0, 2.0, 3.0] + 4, intercept=True), method=method, update="conjugate")
    assert answer.converged
    np.testing.assert_allclose(theta(answer), [1, 2, 3, 4], rtol=1e-12)


# bad options


@pytest.mark.parametrize(
    ("option", "value"), [("learning_rate", 0.0), ("epochs", 0), ("tolerance", -1e-9), ("seed", -1), ("momentum", 1.0)]
)
def test_options_out_of_bounds(option: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{option}: got {value}, wanted"):
        ScratchGD(**{option: value})
