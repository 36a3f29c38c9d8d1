"""Stochastic gradient descent: three engines, one path; the updates as they are defined; and when it stops."""

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends import _stochastic, scratch_sgd
from backends._kernels import machine_code
from backends._kernels.bound_stochastic import CompiledPasses
from backends._stochastic import Kaczmarz, Searches
from backends.base import Array, Fit, Missing, Problem, Snapshot, Unsupported
from backends.scratch_sgd import ScratchSGD
from harness.datasets.linear import Linear
from harness.reference import solve

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


def orders(n: int, *, shuffle: bool = True, flipflop: bool = True) -> list[list[int]]:
    rng = np.random.default_rng(0)
    return [order.tolist() for order in _stochastic.orders(n, 4, rng, shuffle=shuffle, flipflop=flipflop)]


def test_shuffling_and_flipflop() -> None:
    first, second, third, fourth = orders(50)
    assert sorted(first) == sorted(third) == list(range(50))
    assert (second, fourth) == (first[::-1], third[::-1])
    assert first != third
    assert orders(50, shuffle=False) == 4 * [list(range(50))]
    plain = orders(50, flipflop=False)
    assert all(sorted(order) == list(range(50)) for order in plain)
    assert len({tuple(order) for order in plain} | {tuple(order[::-1]) for order in plain}) == 8


@needs_numba
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 127, 128, 129, 70_001])
def test_the_compiled_shuffle_gives_the_orders_of_numpys_generator(n: int) -> None:
    engine = ScratchSGD(engine="numba").prepare(random_problem(6, 4, 2), "cpu").engine
    assert isinstance(engine, CompiledPasses)
    for seed in (0, 7, 2**70):
        theirs, ours = np.arange(n), np.arange(n)
        of_theirs, of_ours = np.random.default_rng(seed), engine.shuffler(seed)
        for _ in range(3):  # an odd number of draws leaves half of one to the next shuffle
            of_theirs.shuffle(theirs)
            of_ours.shuffle(ours)
            np.testing.assert_array_equal(ours, theirs)


@needs_numba
@pytest.mark.parametrize("schedule", ["constant", "invscaling"])
@pytest.mark.parametrize("batch_size", [1, 7])
@pytest.mark.parametrize("average", [0, 2, 40])
@pytest.mark.parametrize("flipflop", [True, False])
def test_a_whole_fit_in_few_calls_is_the_end_of_the_path(
    monkeypatch: pytest.MonkeyPatch, schedule: str, batch_size: int, average: int, flipflop: bool
) -> None:
    monkeypatch.setattr(scratch_sgd, "RATES_PER_CALL", 200)  # so that rates that change take several calls
    problem = random_problem(6, 40, 2, l2=0.1)
    options: dict[str, Any] = {
        "schedule": schedule,
        "batch_size": batch_size,
        "average": average,
        "flipflop": flipflop,
        "seed": 3,
        "learning_rate": 0.02,
        "engine": "numba",
    }
    for ending in ({"epochs": 23}, {"epochs": 300, "tolerance": 1e-3}):
        *_, last = path(problem, **options, **ending)
        answer = fit(problem, **options, **ending)
        np.testing.assert_array_equal(theta(answer), np.append(*last.read()))
        assert (answer.iterations, answer.converged) == (last.epoch, last.converged)
        assert answer.converged == ("tolerance" in ending)


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


@pytest.fixture
def no_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_code, "load", lambda _: None)


@pytest.mark.usefixtures("no_numba")
def test_without_numba_blocks_step_in() -> None:
    problem = random_problem(10, 40, 2)
    auto, blocks = (theta(fit(problem, engine=engine, epochs=3)) for engine in ("auto", "blocks"))
    np.testing.assert_array_equal(auto, blocks)


@pytest.mark.usefixtures("no_numba")
def test_numba_asked_for_by_name_is_missing() -> None:
    with pytest.raises(Missing, match=r"^there is no compiled kernel; install numba or use engine='auto'$"):
        ScratchSGD(engine="numba").prepare(random_problem(10, 40, 2), "cpu")


def test_listing_the_backend_does_not_import_numba() -> None:
    code = "import sys; from backends.scratch_sgd import ScratchSGD; ScratchSGD(); sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.usefixtures("no_numba")
@pytest.mark.parametrize("update", ["svrg", "saga", "extended_kaczmarz"])
def test_without_numba_the_plain_loop_makes_what_is_not_made_in_blocks(update: str) -> None:
    problem = random_problem(10, 40, 2)
    auto, naive = (theta(fit(problem, update=update, engine=engine, epochs=3)) for engine in ("auto", "naive"))
    np.testing.assert_array_equal(auto, naive)
    with pytest.raises(Unsupported, match=f"^update '{update}' has no blocks; use engine="):
        fit(problem, update=update, engine="blocks")


# weights


def test_weights_of_whole_numbers_are_samples_that_come_as_often() -> None:
    """One batch of all: a step by the mean gradient, in which a row of weight 2 is two rows."""
    problem, times = random_problem(11, 30, 3, l2=0.1), np.arange(30) % 3
    times[0] = 1
    rows = np.repeat(np.arange(30), times)
    long = Problem(problem.X[rows], problem.y[rows], intercept=True, l2=0.1)
    weighted = replace(problem, weights=times.astype(float))
    answers = [
        theta(fit(each, batch_size=99, epochs=20, shuffle=False, learning_rate=0.1, engine=engine))
        for each in (weighted, long)
        for engine in ("naive", "blocks", "auto")
    ]
    for other in answers[1:]:
        np.testing.assert_allclose(other, answers[0], rtol=1e-12)


@each_fast_engine
@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("average", [0, 2])
@pytest.mark.parametrize("l2", [0.0, 0.2])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("n", [1, 16, 75])
def test_weights_and_averages_by_every_engine(
    engine: str, batch_size: int, average: int, l2: float, weighted: bool, n: int
) -> None:
    problem = random_problem(12, n, 5, l2=l2)
    if weighted:
        problem = replace(problem, weights=1 + np.arange(float(n)) % 4)
    rate = stable_rate(problem) / 3
    assert_same_path(problem, engine, epochs=4, batch_size=batch_size, average=average, learning_rate=rate)


# averages


@each_engine
def test_an_average_is_that_of_all_iterates_since(engine: str) -> None:
    problem = random_problem(13, 12, 2, l2=0.1)
    coef, b, iterates = np.zeros(2), 0.0, []
    for _ in range(4):
        for x, y in zip(problem.X, problem.y, strict=True):
            r = x @ coef + b - y
            coef, b = coef - 0.02 * (2 * r * x + 0.2 * coef), b - 0.04 * r
            iterates.append([*coef, b])
    options: dict[str, Any] = {"engine": engine, "average": 3, "shuffle": False, "epochs": 4, "learning_rate": 0.02}
    backend = ScratchSGD(**options)
    read = [np.append(*each.read()) for each in backend.path(backend.prepare(problem, "cpu"))]
    np.testing.assert_allclose(read[1], iterates[23], rtol=1e-12)
    np.testing.assert_allclose(read[2], np.mean(iterates[24:36], axis=0), rtol=1e-12)
    np.testing.assert_allclose(read[3], np.mean(iterates[24:], axis=0), rtol=1e-12)


def test_averages_are_nearer_than_iterates_at_a_constant_rate() -> None:
    problem = random_problem(14, 300, 3)
    exact = solve(problem)
    wanted = np.append(exact.coef, exact.intercept)
    last, mean = (fit(problem, learning_rate=0.02, epochs=100, average=average) for average in (0, 10))
    assert np.abs(theta(mean) - wanted).max() < np.abs(theta(last) - wanted).max() / 5


# reduced variance


@pytest.mark.parametrize("update", ["svrg", "saga"])
@pytest.mark.parametrize("l2", [0.0, 0.1])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("intercept", [False, True])
def test_reduced_variance_comes_to_the_exact_answer(update: str, l2: float, weighted: bool, intercept: bool) -> None:
    problem = random_problem(15, 60, 3, l2=l2, intercept=intercept)
    if weighted:
        problem = replace(problem, weights=np.tile([0.0, 1.0, 2.0], 20))
    answer = theta(fit(problem, update=update, learning_rate=stable_rate(problem) / 3, epochs=1000))
    exact = solve(problem)
    np.testing.assert_allclose(answer, [*exact.coef, exact.intercept], rtol=1e-12, atol=1e-15)


@needs_numba
@pytest.mark.parametrize("update", ["svrg", "saga", "kaczmarz", "extended_kaczmarz"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("shuffle", [False, True])
def test_kernels_and_the_plain_loop_take_the_same_path(
    update: str, weighted: bool, intercept: bool, shuffle: bool
) -> None:
    problem = random_problem(16, 45, 4, intercept=intercept, l2=0.0 if "kaczmarz" in update else 0.1)
    if weighted:
        problem = replace(problem, weights=np.arange(45.0))
    rate = stable_rate(problem) / 6
    assert_same_path(problem, "numba", update=update, epochs=5, learning_rate=rate, shuffle=shuffle)


@pytest.mark.parametrize("update", ["svrg", "saga"])
@pytest.mark.parametrize("engine", ["naive", pytest.param("numba", marks=needs_numba)])
def test_reduced_variance_at_too_large_a_rate_is_given_up(update: str, engine: str) -> None:
    answer = fit(Linear().data().problem, update=update, engine=engine, learning_rate=1.0, epochs=1000)
    assert (answer.iterations or 99) < 10
    assert np.isnan(theta(answer)).all()


# Kaczmarz


@pytest.mark.parametrize("engine", ["naive", *FAST])
def test_each_projection_of_kaczmarz_solves_its_equation(engine: str) -> None:
    problem = random_problem(17, 1, 4)
    answer = fit(problem, update="kaczmarz", engine=engine, epochs=1)
    assert problem.X[0] @ answer.coef + answer.intercept == pytest.approx(problem.y[0], rel=1e-14)


def test_kaczmarz_solves_what_has_no_residuals_and_stays_away_from_what_has() -> None:
    noisy = random_problem(18, 100, 3)
    exact = solve(noisy)
    wanted = np.append(exact.coef, exact.intercept)
    clean = replace(noisy, y=noisy.X @ wanted[:3] + wanted[3])
    np.testing.assert_allclose(theta(fit(clean, update="kaczmarz", epochs=100)), wanted, rtol=1e-12)
    assert np.abs(theta(fit(noisy, update="kaczmarz", epochs=100)) - wanted).max() > 0.01


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("intercept", [False, True])
def test_the_extended_method_comes_to_the_solution_of_any_data(weighted: bool, intercept: bool) -> None:
    problem = random_problem(18, 100, 3, intercept=intercept)
    if weighted:
        problem = replace(problem, weights=np.tile([0.0, 1.0, 2.0, 3.0], 25))
    exact = solve(problem)
    answer = theta(fit(problem, update="extended_kaczmarz", epochs=300))
    np.testing.assert_allclose(answer, [*exact.coef, exact.intercept], rtol=1e-11, atol=1e-15)


def test_samples_are_drawn_by_their_squared_length() -> None:
    problem = Problem(np.array([[1.0], [2.0], [0.0]]), np.zeros(3), intercept=False)
    draws = Kaczmarz(problem, Searches(0))
    counts = np.bincount(np.concatenate([draws.draws(shuffle=True)[0] for _ in range(2000)]), minlength=3)
    assert counts[2] == 0
    assert counts[1] / counts[0] == pytest.approx(4, rel=0.1)


@needs_numba
@hypothesis
@given(
    weights=st.lists(st.sampled_from([0.0, 1e-300, 1e-9, 1 / 3, 1.0, 7.0, 1e200]), min_size=1, max_size=40).filter(any),
    seed=st.integers(0, 2**70),
)
def test_the_compiled_draws_are_those_of_numpys_search(weights: list[float], seed: int) -> None:
    engine = ScratchSGD(engine="numba").prepare(random_problem(6, 4, 2), "cpu").engine
    assert isinstance(engine, CompiledPasses)
    of_theirs, of_ours = Searches(seed), engine.drawing(seed)
    cumulated, equal = np.cumsum(weights), np.arange(1.0, 1 + len(weights))
    theirs, ours = (
        [draws.among(cumulated), draws.among(equal)] for draws in (of_theirs, of_ours)
    )  # both from one generator
    for one, other in zip(2 * theirs, 2 * ours, strict=True):
        np.testing.assert_array_equal(other(100), one(100))


@pytest.mark.parametrize("update", ["kaczmarz", "extended_kaczmarz"])
def test_kaczmarz_has_no_penalty_and_nothing_to_draw_is_no_error(update: str) -> None:
    with pytest.raises(Unsupported, match=f"^update '{update}' has no l2 penalty, got l2=0.5; use update='saga'$"):
        fit(random_problem(19, 9, 2, l2=0.5), update=update)
    nothing = fit(Problem(np.zeros((3, 2)), np.ones(3), intercept=False), update=update, epochs=2)
    np.testing.assert_array_equal(theta(nothing), 0.0)


# bad options


@pytest.mark.parametrize("update", ["svrg", "saga", "kaczmarz", "extended_kaczmarz"])
@pytest.mark.parametrize("option", ["batch_size", "average"])
def test_batches_and_averages_are_of_plain_updates(update: str, option: str) -> None:
    with pytest.raises(ValueError, match=f"^{option}: got 2 with update '{update}', wanted"):
        fit(random_problem(0, 9, 2), **{"update": update, option: 2})


@pytest.mark.parametrize(
    ("option", "value"),
    [("learning_rate", 0.0), ("epochs", 0), ("batch_size", 0), ("power_t", -1.0), ("tolerance", -1.0), ("seed", -1)],
)
def test_options_out_of_bounds(option: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{option}: got {value}, wanted"):
        ScratchSGD(**{option: value})
