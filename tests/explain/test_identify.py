"""Disagreements with a known cause are told by their cause, and nothing is stated as certain that is wrong."""

import numpy as np
import pytest

from harness.explain import Question, given, identify
from harness.explain.candidate import causes
from harness.explain.reduced import reduced
from tests.benchmarks.explain_bench import MAKERS, SIZES, Made, bench, cause_of, data, ols, outcome, plain

FAST = dict(bench(sizes=SIZES[1:2], seeds=range(1)))


@pytest.mark.parametrize("name", MAKERS)
def test_the_right_cause_comes_first(name: str) -> None:
    """At ten digits, which no cause of the bench is too small for."""
    made = FAST[name]
    found = outcome(name, Made(made.cause, 10, made.question, made.answer))
    assert found is not None, "there is no disagreement"
    assert found.word == "right", found


def test_every_cause_has_a_disagreement_in_the_bench() -> None:
    assert {each.name for each in causes()} == {cause_of(name) for name in MAKERS} - {""}


def numbers(answer: tuple[np.ndarray, float], digits: int = 8) -> tuple[str, str]:
    return ", ".join(f"{b:.{digits}g}" for b in answer[0]), f"{answer[1]:.{digits}g}"


@pytest.mark.parametrize("digits", [3, 6, 10, 15, 17])
def test_the_right_answer_is_right_however_it_is_printed(digits: int) -> None:
    X, y = data(60, 3, np.random.default_rng(1))
    question = plain(X, y)
    coef, level = numbers(ols(X, y), digits)
    found = identify(question, given(coef, question.features, level))
    assert found.best is found.right
    assert found.certain
    assert not found.rivals


def test_the_rounding_of_a_program_is_no_other_question() -> None:
    """Raw powers of years: NumPy loses digits by the condition number, and the question is still the same."""
    year = np.arange(1790.0, 2020, 10)
    X = np.column_stack([year, year**2])
    y = 0.01 * (year - 1780) ** 2 + np.sin(year)
    question = Question(X, y, ("year", "year2"), "y")
    coef, level = numbers(ols(X, y), 17)
    found = identify(question, given(coef, question.features, level))
    assert found.best is found.right
    assert found.right.digits < 15


def test_few_digits_are_no_certainty() -> None:
    X, y = data(60, 1, np.random.default_rng(2))
    question = plain(X, y)
    coef, _ = numbers(ols(X, y, intercept=False), 2)
    found = identify(question, given(coef, question.features))
    assert not found.certain


def test_causes_that_give_the_same_numbers_are_told_as_rivals() -> None:
    """Centred features with no intercept asked for: as if there were one."""
    X, y = data(60, 2, np.random.default_rng(3))
    question = plain(X, y, intercept=False)
    coef, _ = numbers((ols(X, y)[0], 0.0))
    found = identify(question, given(coef, question.features))
    assert found.best is not None
    assert found.best.cause == "no_intercept"
    assert "scaled" in {each.cause for each in found.rivals}
    assert not found.certain


def test_what_nothing_explains_is_told_so() -> None:
    X, y = data(60, 3, np.random.default_rng(4))
    question = plain(X, y)
    found = identify(question, given("1.2345678, -3.3333331, 9.8765432", question.features, "7.7777771"))
    assert found.best is None
    assert not found.certain


@pytest.mark.parametrize("shape", [(3, 5), (5, 5), (2, 1), (1, 1), (6, 0)])
def test_few_rows_or_no_columns_are_no_fault(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal(shape), rng.standard_normal(shape[0])
    question = plain(X, y)
    identify(question, given(", ".join(["1.25"] * shape[1]), question.features, "0.5"))


def test_constant_columns_and_a_constant_target_are_no_fault() -> None:
    rng = np.random.default_rng(6)
    X = np.column_stack([np.full(20, 3.0), np.zeros(20), rng.standard_normal(20)])
    question = plain(X, np.full(20, 2.0))
    found = identify(question, given("0.1, 0, 0.2", question.features, "1"))
    assert [str(each) for each in found.question.relations] == ["x1 = 3", "x2 = 0"]


def test_the_reduced_data_have_the_answers_of_all_rows() -> None:
    X, y = data(200, 4, np.random.default_rng(7))
    few = reduced(X, y)
    assert len(few.centred) <= 5
    for intercept in (True, False):
        assert np.allclose(few.solve(intercept=intercept)[0], ols(X, y, intercept=intercept)[0], rtol=1e-10)
    slope, shift = np.diag([2.0, 1, 1, 1, 3]), np.array([1.0, 0, 0, 0, -5])
    changed = few.changed(slope, shift)
    Z = X * [2, 1, 1, 1] + [1, 0, 0, 0]
    assert np.allclose(changed.solve(intercept=False)[0], ols(Z, 3 * y - 5, intercept=False)[0], rtol=1e-9)
    w = np.random.default_rng(8).uniform(0.5, 2, 200)
    assert np.allclose(reduced(X, y, w).solve(intercept=True)[0], ols(X, y, weights=w)[0], rtol=1e-10)
