"""Stochastic gradient descent: three engines, one path; the updates as they are defined; and when it stops."""

import subprocess
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.base import Array, Fit, Missing, Problem, Snapshot
from backends.scratch_sgd import ScratchSGD
from harness.datasets.linear import Linear

needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")
FAST = ("blocks", pytest.param("numba", marks=needs_numba))
each_engine = pytest.mark.parametrize("engine", ["naive", *FAST])
each_fast_engine = pytest.mark.parametrize("engine", FAST)
hypothesis = settings(deadline=None, max_examples=60, derandomize=True)


def path(problem: Problem, **options: Any) -> list[Snapshot]:
    backend = ScratchSGD(**options)
    return list(backend.path(backend.prepare(problem, "cpu")))


def fit(problem: Problem, **options: Any) -> Fit:
    backend = ScratchSGD(**options)
    return backend.solve(backend.prepare(problem, "cpu"))


def losses_of(snapshots: Iterable[Snapshot]) -> list[float]:
    """One an epoch: this backend has the loss at hand in each."""
    losses = [each.loss for each in snapshots]
    assert None not in losses
    return [each for each in losses if each is not None]


def theta(fit: Fit) -> Array:
    return np.append(fit.coef, fit.intercept)


def random_problem(seed: int, n: int, d: int, *, intercept: bool = True, l2: float = 0.0) -> Problem:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) + 0.5
    y = X @ rng.uniform(-2, 2, d) + 3 + rng.standard_normal(n)
    X.flags.writeable = y.flags.writeable = False
    return Problem(X, y, intercept, l2)


def stable_rate(problem: Problem) -> float:
    """A rate at which no sample's update overshoots."""
    return 0.5 / (1 + problem.l2 + float((problem.X**2).sum(axis=1).max(initial=0.0)))


def assert_same_path(problem: Problem, engine: str, **options: Any) -> None:
    for fast, naive in zip(
        path(problem, engine=engine, **options), path(problem, engine="naive", **options), strict=True
    ):
        (coef, intercept), (wanted, wanted_intercept) = fast.read(), naive.read()
        size = max(np.abs(wanted).max(initial=0.0), abs(wanted_intercept))
        np.testing.assert_allclose(coef, wanted, rtol=0, atol=1e-12 * size)
        assert intercept == pytest.approx(wanted_intercept, rel=0, abs=1e-12 * size)
        assert fast.loss == pytest.approx(naive.loss, rel=1e-12)


# the updates


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("schedule", ["constant", "invscaling"])
@each_engine
def test_the_updates_are_those_of_the_definition(engine: str, schedule: str, batch_size: int, intercept: bool) -> None:
    problem = random_problem(0, 10, 2, intercept=intercept, l2=0.3)
    w, b, t = [0.0, 0.0], 0.0, 0
    losses: list[float] = []
    for _ in range(3):
        squares = 0.0
        for start in range(0, 10, batch_size):
            t += 1
            rate = 0.02 if schedule == "constant" else 0.02 / t**0.25
            rows = list(zip(problem.X[start : start + batch_size], problem.y[start : start + batch_size], strict=True))
            residuals = [x[0] * w[0] + x[1] * w[1] + b - y for x, y in rows]
            squares += sum(r * r for r in residuals)
            g = [sum(2 * r * x[j] for r, (x, _) in zip(residuals, rows, strict=True)) / len(rows) for j in (0, 1)]
            w = [w[j] - rate * (g[j] + 2 * 0.3 * w[j]) for j in (0, 1)]
            b -= rate * 2 * sum(residuals) / len(rows) * intercept
        losses.append(squares / 10 + 0.3 * (w[0] ** 2 + w[1] ** 2))
    snapshots = path(
        problem, engine=engine, schedule=schedule, batch_size=batch_size, shuffle=False, learning_rate=0.02, epochs=3
    )
    np.testing.assert_allclose(np.append(*snapshots[-1].read()), [*w, b], rtol=1e-13)
    np.testing.assert_allclose(losses_of(snapshots), losses, rtol=1e-13)


@each_fast_engine
@hypothesis
@given(
    seed=st.integers(0, 1000),
    n=st.integers(1, 130),
    d=st.integers(0, 9),
    batch_size=st.integers(1, 40),
    intercept=st.booleans(),
    l2=st.sampled_from([0.0, 0.01, 1.0]),
    schedule=st.sampled_from(["constant", "invscaling"]),
    power_t=st.sampled_from([0.25, 0.5, 1.0]),
    shuffle=st.booleans(),
)
def test_every_engine_takes_the_naive_path(engine: str, seed: int, n: int, d: int, **options: Any) -> None:
    problem = random_problem(seed, n, d, intercept=options.pop("intercept"), l2=options.pop("l2"))
    assert_same_path(problem, engine, epochs=3, learning_rate=stable_rate(problem), **options)


@each_fast_engine
@pytest.mark.parametrize("batch_size", [1, 3, 5000])
def test_many_chunks_and_a_ragged_end(engine: str, batch_size: int) -> None:
    problem = random_problem(1, 9_001, 3, l2=0.1)
    assert_same_path(problem, engine, epochs=2, learning_rate=stable_rate(problem), batch_size=batch_size)


@each_fast_engine
@pytest.mark.parametrize("shrinking", [0.0, -0.5])
def test_a_penalty_that_takes_everything_back(engine: str, shrinking: float) -> None:
    """Where 1 - 2 * rate * l2 is 0 or less, a running product of shrinkings could not be divided by."""
    rate = 0.01
    problem = random_problem(2, 70, 3, l2=(1 - shrinking) / (2 * rate))
    assert_same_path(problem, engine, epochs=3, learning_rate=rate)


@pytest.mark.parametrize("schedule", ["constant", "invscaling"])
@pytest.mark.parametrize("l2", [0.0, 0.05])
@each_engine
def test_sgd_regressor_has_twice_the_rate(engine: str, l2: float, schedule: str) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    problem = random_problem(3, 60, 3, l2=l2)
    theirs = linear_model.SGDRegressor(
        penalty="l2", alpha=l2, learning_rate=schedule, eta0=0.01, power_t=0.25, max_iter=5, tol=None, shuffle=False
    ).fit(problem.X, problem.y)
    ours = fit(problem, engine=engine, schedule=schedule, learning_rate=0.005, epochs=5, shuffle=False)
    np.testing.assert_allclose(theta(ours), [*theirs.coef_, *theirs.intercept_], rtol=1e-11)


@each_engine
def test_float32_is_widened(engine: str) -> None:
    problem = random_problem(4, 50, 3)
    narrow = Problem(problem.X.astype(np.float32), problem.y.astype(np.float32), intercept=True)
    wide = Problem(narrow.X.astype(np.float64), narrow.y.astype(np.float64), intercept=True)
    one, other = (theta(fit(p, engine=engine, epochs=3)) for p in (narrow, wide))
    np.testing.assert_array_equal(one, other)


@each_engine
def test_a_falling_rate_finds_the_ridge_solution(engine: str) -> None:
    problem = random_problem(5, 200, 2, l2=0.2)
    A = np.column_stack([problem.X, np.ones(200)])
    wanted = np.linalg.solve(A.T @ A + 200 * 0.2 * np.diag([1, 1, 0]), A.T @ problem.y)
    answer = fit(problem, engine=engine, learning_rate=0.05, epochs=100, schedule="invscaling", power_t=0.5)
    np.testing.assert_allclose(theta(answer), wanted, rtol=0, atol=3e-3)


# the order


def orders(n: int, **options: Any) -> list[list[int]]:
    return [order.tolist() for order in ScratchSGD(epochs=4, **options)._orders(n)]


def test_shuffling_and_flipflop() -> None:
    first, second, third, fourth = orders(50)
    assert sorted(first) == sorted(third) == list(range(50))
    assert (second, fourth) == (first[::-1], third[::-1])
    assert first != third
    assert orders(50, shuffle=False) == 4 * [list(range(50))]
    plain = orders(50, flipflop=False)
    assert all(sorted(order) == list(range(50)) for order in plain)
    assert len({tuple(order) for order in plain} | {tuple(order[::-1]) for order in plain}) == 8


@each_engine
def test_the_seed_decides_the_order(engine: str) -> None:
    problem = random_problem(6, 40, 2)
    one, again, other = (theta(fit(problem, engine=engine, epochs=3, seed=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).all()


def test_without_shuffling_the_seed_says_nothing() -> None:
    problem = random_problem(6, 40, 2)
    one, other = (theta(fit(problem, shuffle=False, epochs=3, seed=seed)) for seed in (1, 2))
    np.testing.assert_array_equal(one, other)


# where it ends


@each_engine
def test_the_tolerance_is_on_the_change_of_the_loss_between_epochs(engine: str) -> None:
    problem = random_problem(7, 60, 2)
    losses = losses_of(path(problem, engine=engine, epochs=60, shuffle=False))
    first = 2 + int(np.argmax(np.abs(np.diff(losses)) <= 1e-3))
    answer = fit(problem, engine=engine, epochs=60, shuffle=False, tolerance=1e-3)
    assert 2 < first < 60
    assert (answer.iterations, answer.converged) == (first, True)


def test_without_tolerance_it_never_converges() -> None:
    X = np.ones((4, 1))
    answer = fit(Problem(X, np.zeros(4), intercept=True), epochs=5)  # at the solution from the start
    assert (answer.iterations, answer.converged) == (5, False)


@each_engine
def test_one_epoch_has_not_converged(engine: str) -> None:
    answer = fit(random_problem(8, 20, 2), engine=engine, epochs=1, tolerance=1e300)
    assert (answer.iterations, answer.converged) == (1, False)


@each_engine
@pytest.mark.parametrize("batch_size", [1, 5])
def test_a_rate_far_too_large_is_given_up_within_a_few_epochs(engine: str, batch_size: int) -> None:
    answer = fit(
        Linear().data().problem, engine=engine, learning_rate=1.0, epochs=1000, batch_size=batch_size, tolerance=1e-3
    )
    assert answer.iterations is not None
    assert answer.iterations < 10
    assert not answer.converged
    assert np.isnan(theta(answer)).all()


@each_engine
def test_a_path_that_nobody_stops_overflows_quietly(engine: str) -> None:
    *_, last = path(Linear().data().problem, engine=engine, learning_rate=1.0, epochs=20)
    assert np.isnan(losses_of([last])[0])


# Numba


@needs_numba
def test_numba_compiles_before_the_clock_starts() -> None:
    backend, batches = ScratchSGD(engine="numba", epochs=2), ScratchSGD(engine="numba", epochs=2, batch_size=3)
    problem = random_problem(9, 7, 2)
    prepared, prepared_batches = backend.prepare(problem, "cpu"), batches.prepare(problem, "cpu")
    from backends import _sgd_numba

    compiled = [list(kernel.signatures) for kernel in (_sgd_numba._samples, _sgd_numba._batches)]
    backend.solve(prepared)
    batches.solve(prepared_batches)
    assert all(compiled)
    assert compiled == [list(kernel.signatures) for kernel in (_sgd_numba._samples, _sgd_numba._batches)]


@pytest.fixture
def no_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "backends._sgd_numba", raising=False)


@pytest.mark.usefixtures("no_numba")
def test_without_numba_blocks_step_in() -> None:
    problem = random_problem(10, 40, 2)
    auto, blocks = (theta(fit(problem, engine=engine, epochs=3)) for engine in ("auto", "blocks"))
    np.testing.assert_array_equal(auto, blocks)


@pytest.mark.usefixtures("no_numba")
def test_numba_asked_for_by_name_is_missing() -> None:
    with pytest.raises(Missing, match=r"^numba cannot be imported .*install numba or use engine='blocks'$"):
        ScratchSGD(engine="numba").prepare(random_problem(10, 40, 2), "cpu")


def test_listing_the_backend_does_not_import_numba() -> None:
    code = "import sys; from backends.scratch_sgd import ScratchSGD; ScratchSGD(); sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# bad options


@pytest.mark.parametrize(
    ("option", "value"),
    [("learning_rate", 0.0), ("epochs", 0), ("batch_size", 0), ("power_t", -1.0), ("tolerance", -1.0), ("seed", -1)],
)
def test_options_out_of_bounds(option: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{option}: got {value}, wanted"):
        ScratchSGD(**{option: value})
