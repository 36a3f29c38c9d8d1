"""Does it matter: the kinds that were reported in public, in a few rows of made-up numbers, each with its verdict."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backends.base import Array, Problem, Unsupported
from backends.numpy_lstsq import NumpyLstsq
from backends.scratch_ols import ScratchOls
from backends.sklearn_ols import SklearnOls
from harness.catalog import dataset_class, dataset_names
from harness.reference import ExactScores, Judge, solve
from tests.support.exact_least_squares import problem

RNG = np.random.default_rng(12)
A, B, C = RNG.uniform(0, 1, (3, 30))
Y = 1 + 2 * A - B + 0.5 * C + 0.2 * RNG.standard_normal(30)
DUMMIES = [(np.arange(30) % 3 == k).astype(float) for k in range(3)]
INCHES, CELSIUS = (40 + 40 * A).round(1), (10 * A).round(1)
SHARES = [(30 * A).round(1), (30 * B).round(1)]
YEAR = np.arange(1790.0, 2020, 10)

Answer = tuple[NDArray[np.float64], float]


def asked(y: Array, *columns: Array) -> Problem:
    return problem(np.column_stack(columns), y)


def judged(question: Problem, answer: Answer) -> ExactScores:
    return Judge(question, solve(question)).score(*answer)


def lstsq(question: Problem) -> Answer:
    fit = NumpyLstsq().solve(NumpyLstsq().prepare(question, "cpu"))
    return fit.coef, fit.intercept


def scratch(question: Problem) -> Answer:
    fit = ScratchOls().solve(question)
    return fit.coef, fit.intercept


OPEN = {
    "shifted duplicate": asked(Y, A, B, C, C + 2),
    "opposite column": asked(Y, A, B, -A),
    "two equal columns": asked(Y, A, A),
    "all dummies with intercept": asked(Y, *DUMMIES),
    "centimetres beside inches": asked(Y, INCHES, 2.54 * INCHES),
    "Celsius beside Fahrenheit": asked(Y, CELSIUS, 1.8 * CELSIUS + 32),
    "shares of 100": asked(Y, *SHARES, 100 - SHARES[0] - SHARES[1]),
}
"""The data leave the coefficients open."""


@pytest.mark.parametrize("answer", [lstsq, scratch])
@pytest.mark.parametrize("kind", OPEN)
def test_where_the_coefficients_are_open_every_sensible_answer_is_the_best_possible(
    kind: str, answer: Callable[[Problem], Answer]
) -> None:
    found = judged(OPEN[kind], answer(OPEN[kind]))
    assert found.verdict in ("exact", "best_possible")
    assert found.judged_by == "fitted values"
    assert found.measured_in == "residual deviations"


FAR = {
    "x near 1e14, y in 0…1": (asked(np.linspace(1, 0, 10), np.linspace(0.7e14, 1.3e14, 10)), "wrong"),
    "years squared": (asked(0.01 * (YEAR - 1780) ** 2 + np.sin(YEAR), YEAR, YEAR**2), "best_possible"),
    "ids above 2**53": (asked(Y, 2.0**53 + 2 * (np.arange(30) % 7), B), "wrong"),
    "timestamps in ns": (asked(Y, 1.7e18 + 1e9 * np.arange(30), B), "wrong"),
    "constant but for 1e-7": (asked(Y, 1 + 1e-7 * A, B), "best_possible"),
}
"""Far from 0, beside the intercept: what NumPy's cut at machine epsilon leaves of the answer."""


@pytest.mark.parametrize("kind", FAR)
def test_a_column_far_from_zero_is_answered_right_or_the_cut_is_called_wrong(kind: str) -> None:
    question, word = FAR[kind]
    assert judged(question, lstsq(question)).verdict == word
    own = judged(question, scratch(question))
    assert own.verdict in ("exact", "best_possible")
    assert own.backward_error < 1
    assert own.judged_by == "coefficients"


def _without_intercept() -> Answer:
    return np.linalg.lstsq(np.column_stack([A, B]), Y, rcond=None)[0], 0.0


def _swapped() -> Answer:
    slope, level = np.polyfit(Y, A, 1)
    return np.array([slope]), float(level)


def _ridge(alpha: float) -> Answer:
    X = np.column_stack([A, B])
    Z = X - X.mean(axis=0)
    coef = np.linalg.solve(Z.T @ Z + alpha * np.eye(2), Z.T @ (Y - Y.mean()))
    return coef, float(Y.mean() - X.mean(axis=0) @ coef)


def _descent(epochs: int) -> Answer:
    X = np.column_stack([np.ones(30), A, B])
    b = np.zeros(3)
    for _ in range(epochs):
        b -= 0.1 * 2 / 30 * X.T @ (X @ b - Y)
    return b[1:], float(b[0])


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (_without_intercept(), "wrong"),
        (_ridge(1.0), "wrong"),
        (_ridge(0.1), "visible"),
        (_ridge(1e-4), "harmless"),
        (_descent(60), "wrong"),
        (_descent(250), "visible"),
        (_descent(600), "harmless"),
    ],
    ids=["forgotten intercept", "ridge 1", "ridge 0.1", "ridge 1e-4", "60 epochs", "250 epochs", "600 epochs"],
)
def test_another_question_or_an_unfinished_answer_is_told_by_what_it_does(answer: Answer, word: str) -> None:
    found = judged(asked(Y, A, B), answer)
    assert found.verdict == word
    assert found.measured_in == "standard errors"
    assert found.backward_error > 1e6


def test_swapped_arguments_are_wrong() -> None:
    assert judged(asked(Y, A), _swapped()).verdict == "wrong"


def _shipped() -> list[str]:
    """Datasets that need no file and no query."""
    return [name for name in dataset_names() if name not in ("csv", "file", "weather_ww2")]


def _householder(question: Problem) -> Answer:
    X = question.X.astype(np.float64)
    Q, R = np.linalg.qr(np.column_stack([np.ones(len(X)), X]) if question.intercept else X)
    b = np.linalg.solve(R, Q.T @ question.y)
    return (b[1:], float(b[0])) if question.intercept else (b, 0.0)


def _own_qr(question: Problem) -> Answer:
    fit = ScratchOls(method="qr").solve(question)
    return fit.coef, fit.intercept


@pytest.mark.parametrize("name", _shipped())
def test_householder_qr_is_backward_stable_on_every_shipped_set(name: str) -> None:
    question = dataset_class(name)().data().problem
    judging = Judge(question, solve(question))
    for answer in (_householder(question), _own_qr(question)):
        found = judging.score(*answer)
        assert found.backward_error < 100
        assert found.verdict in ("exact", "best_possible")


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("kind", ["big", "little", "huge", "tiny", "constant", "zero"])
def test_householder_qr_is_backward_stable_on_nasty_columns(kind: str, beside: bool) -> None:
    nasty: Any = dataset_class("nasty")
    question = nasty(kind=kind, beside=beside).data().problem
    assert judged(question, _own_qr(question)).backward_error < 100


def test_scikit_learns_cut_on_wampler1_is_no_stable_method_though_the_fitted_values_hide_it() -> None:
    """The residuals vanish, so that the issue is what becomes of the fitted values; the row says what it measures."""
    question = dataset_class("nist_wampler1")().data().problem
    backend = SklearnOls(tol=1e-6)
    try:
        fit = backend.solve(backend.prepare(question, "cpu"))
    except Unsupported as error:
        pytest.skip(str(error))
    if fit.rank == 6:
        pytest.skip("this scikit-learn does not cut dense data")
    found = judged(question, (fit.coef, fit.intercept))
    assert found.backward_error > 1e6
    assert found.digits < 1
    assert found.error_in_se is None
    assert found.measured_in == "target deviations"
    assert found.prediction_error < 1e-5
    assert found.verdict == "harmless"
