"""``scratch_ols`` over parts of the rows: the same bits for any number of threads, on kernels and without them."""

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from backends import _parts
from backends._kernels import bind, machine_code
from backends.base import Fit, Problem
from backends.scratch_ols import ScratchOls
from harness.reference import solve as exact_answer
from tests.backends.test_scratch_ols import large

Shape = tuple[int, int]


@pytest.fixture(params=["kernels", "numpy"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(_parts, "WORTH_THREADS", 0)
    if request.param == "numpy":
        monkeypatch.setattr("backends.scratch_ols.bind", lambda problem: None)
    return str(request.param)


def answer(asked: Problem, count: int, monkeypatch: pytest.MonkeyPatch) -> Fit:
    monkeypatch.setenv("OMP_NUM_THREADS", str(count))
    backend = ScratchOls()
    state = backend.prepare(asked, "cpu")
    fit, again = backend.solve(state), backend.solve(state)
    assert_same(fit, again)
    return fit


def assert_same(fit: Fit, other: Fit) -> None:
    np.testing.assert_array_equal(fit.coef, other.coef)
    assert (fit.intercept, fit.converged, fit.rank) == (other.intercept, other.converged, other.rank)


CASES: dict[str, Callable[[], Problem]] = {
    "plain": lambda: large(120_000, 5),
    "one feature": lambda: large(600_000, 1),
    "far from zero": lambda: large(120_000, 5, offset=1e6),
    "sorted, so that the first rows say little": lambda: ordered(large(120_000, 5)),
    "no intercept": lambda: replace(large(120_000, 5), intercept=False),
    "penalty": lambda: replace(large(120_000, 5), l2=0.1),
    "wide": lambda: large(9_000, 60),
}


def ordered(asked: Problem) -> Problem:
    order = np.argsort(asked.X[:, 0])
    return Problem(np.ascontiguousarray(1e3 * asked.X[order]), asked.y[order], asked.intercept)


@pytest.mark.parametrize("name", CASES)
def test_any_number_of_threads_gives_the_same_bits(name: str, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = CASES[name]()
    assert len(list(_parts.parts(asked))) > 2
    one = answer(asked, 1, monkeypatch)
    for count in (2, 3):
        assert_same(answer(asked, count, monkeypatch), one)
    truth = exact_answer(asked)
    np.testing.assert_allclose([*one.coef, one.intercept], [*truth.coef, truth.intercept], rtol=2.0**-44)


def test_a_problem_in_parts_is_declined_as_a_whole_is() -> None:
    if machine_code.load("direct") is None:
        pytest.skip("there are no kernels")
    asked = large(120_000, 5)
    X = asked.X.copy()
    X[:, 4] = X[:, 3]
    bound = bind(Problem(X, asked.y, True))
    assert bound is not None
    assert bound.solve() is None


def test_threads_are_gone_after_a_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_parts, "WORTH_THREADS", 0)
    answer(large(120_000, 5), 2, monkeypatch)
    assert not [each for each in threading.enumerate() if each.name.startswith("ThreadPoolExecutor")]


@pytest.mark.parametrize(("given", "wanted"), [("3", 3), ("", 1), ("many", 1), ("0", 1)])
def test_threads_are_what_the_plan_says(given: str, wanted: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", given)
    assert _parts.threads() == wanted
