"""Which epochs of a descent are kept, and that its losses are right."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.results import SHOWN_EPOCHS
from harness.runner.descents import descent_of, epochs_to_keep
from harness.runner.problems import PreparedProblem, ProblemStore
from harness.runner.protocol import Descended
from tests.support.scripted import DirectLoader, case


@pytest.fixture
def problem(tmp_path: Path) -> PreparedProblem:
    return ProblemStore(tmp_path, tmp_path, DirectLoader()).problem(case("a"))


@given(st.integers(1, 10**7))
def test_few_epochs_are_kept_the_first_the_last_and_those_that_are_shown(total: int) -> None:
    kept = epochs_to_keep(total)
    assert len(kept) <= 60
    assert kept == sorted(set(kept))
    assert kept[0] == 1
    assert kept[-1] == total
    assert {each for each in SHOWN_EPOCHS if each <= total} <= set(kept)


def test_losses_are_those_of_the_iterates(problem: PreparedProblem) -> None:
    exact = problem.reference
    walked = Descended(
        epochs=(1, 2), coef=((0.0,), tuple(exact.coef.tolist())), intercept=(0.0, exact.intercept), late=False
    )
    found = descent_of(walked, problem, 2)
    y = np.asarray(problem.problem.y)
    assert found.loss == pytest.approx((float(np.mean(y**2)), exact.loss))
    at_zero, at_end = found.excess_loss
    assert at_zero == pytest.approx(float(np.mean(y**2)) - exact.loss)
    assert at_end is not None
    assert at_end < 1e-20 * exact.loss
    assert found.stopped == ""


def test_numbers_that_are_not_finite_are_absent(problem: PreparedProblem) -> None:
    found = descent_of(Descended(epochs=(1,), coef=((1e300,),), intercept=(float("inf"),), late=False), problem, 1)
    assert found.loss == found.excess_loss == (None,)
    assert found.intercept == (None,)


def test_a_descent_out_of_time_says_how_far_it_came(problem: PreparedProblem) -> None:
    found = descent_of(Descended(epochs=(1, 1200), coef=((0.0,),) * 2, intercept=(0.0,) * 2, late=True), problem, 5000)
    assert found.stopped == "the limit left time for 1,200 of 5,000 epochs"


def test_an_empty_or_misshapen_descent_is_none(problem: PreparedProblem) -> None:
    assert descent_of(Descended(epochs=(), coef=(), intercept=(), late=False), problem, 5).stopped
    wrong = Descended(epochs=(1,), coef=((0.0, 0.0),), intercept=(0.0,), late=False)
    assert descent_of(wrong, problem, 5).stopped == "its iterates do not have the shape of the problem"
