"""Scores of an answer against the exact one. A new score is one function."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backends.base import Array, Inference, Problem
from harness.reference import Reference

__all__ = ["MOST_DIGITS", "Scores", "certified_digits", "common_digits", "mean_squared_error", "score"]

Float64 = NDArray[np.float64]

MOST_DIGITS = 17.0
"""Digits of an answer that is the correctly rounded one to the last bit."""

CERTIFIED_DIGITS = 15.0
"""Digits that an authority's certified values are published to."""

LEAST_ERROR = 2.0**-53
"""Two float64 that differ do so by this much of the larger or more; what is nearer to an exact 0 is still not it."""

BLOCK_ENTRIES = 1 << 20
"""Entries of the design matrix that are looked at together, so that scoring needs little memory beside the data."""


@dataclass(frozen=True)
class Scores:
    """How good an answer is.

    Attributes
    ----------
    digits : float
        Correct significant digits of the worst coefficient, intercept included, from 0 to 17; of the fitted values
        where ``judged_by`` says so.
    certified_digits : float or None
        The same against certified values, to at most 15 and at most what the exact answer to the float64 data has.
    max_difference : float
        The largest absolute difference of a coefficient or the intercept from the exact one.
    loss_train, loss_test : float
        Mean squared error; ``loss_test`` is None where no rows were kept back.
    excess_loss : float
        ``|X (b - b*) + (b0 - b0*)|² / n``: what the training loss has beyond the exact answer's, without cancellation.
    gradient_norm : float
        Euclidean norm of the objective's gradient, intercept included.
    condition : float
        Of the scaled design; see `harness.reference.Reference`.
    exact_rank : int
        Of the design, decided exactly.
    ill_posed : bool
        Whether the data leave the coefficients undetermined: dependent columns without a penalty, or a condition
        number that times the dtype's epsilon passes 1.
    judged_by : {"coefficients", "fitted values"}
        What ``digits`` speaks of.
    exact_standard_errors : tuple of float or None
    exact_r_squared : float or None
        As `harness.reference.Reference` has them.
    standard_error_digits, r_squared_digits : float or None
        Digits that the backend's own have of these; None where it has none, or the problem.
    """

    digits: float
    certified_digits: float | None
    max_difference: float
    loss_train: float
    loss_test: float | None
    excess_loss: float
    gradient_norm: float
    condition: float
    exact_rank: int
    ill_posed: bool
    judged_by: Literal["coefficients", "fitted values"]
    exact_standard_errors: tuple[float, ...] | None = None
    exact_r_squared: float | None = None
    standard_error_digits: float | None = None
    r_squared_digits: float | None = None


@np.errstate(over="ignore", invalid="ignore")
def score(
    problem: Problem,
    reference: Reference,
    coef: Float64,
    intercept: float,
    *,
    X_test: Array | None = None,
    y_test: Array | None = None,
    certified: Sequence[str] | None = None,
    inference: Inference | None = None,
) -> Scores:
    """Every score of a finite answer.

    Parameters
    ----------
    problem : Problem
        What was asked.
    reference : Reference
        The exact answer to it.
    coef : ndarray of shape (n_features,)
    intercept : float
    X_test, y_test : ndarray of shape (n_test, n_features) and (n_test,), optional
        Rows kept back.
    certified : sequence of str, optional
        Certified estimates, the intercept first where there is one.
    inference : Inference, optional
        The backend's own standard errors and R².
    """
    away = (coef - reference.coef) - reference.coef_low
    intercept_away = (intercept - reference.intercept) - reference.intercept_low
    sums = _Sums(problem, reference, coef, intercept, away, intercept_away)
    ill_posed = _ill_posed(problem, reference)
    exact = _vector(problem.intercept, reference.coef, reference.intercept)
    answer = _vector(problem.intercept, coef, intercept)
    return Scores(
        digits=sums.fitted_digits if ill_posed and not np.array_equal(answer, exact) else _digits(answer, exact),
        certified_digits=None if certified is None else _capped(answer, exact, certified),
        max_difference=float(np.max(np.abs(answer - exact), initial=0.0)),
        loss_train=sums.loss,
        loss_test=None if X_test is None or y_test is None else mean_squared_error(X_test, y_test, coef, intercept),
        excess_loss=sums.excess,
        gradient_norm=sums.gradient_norm,
        condition=reference.condition,
        exact_rank=reference.rank,
        ill_posed=ill_posed,
        judged_by="fitted values" if ill_posed else "coefficients",
        exact_standard_errors=reference.standard_errors,
        exact_r_squared=reference.r_squared,
        standard_error_digits=inference and _digits_beside(inference.standard_errors, reference.standard_errors),
        r_squared_digits=inference and _digits_beside(inference.r_squared, reference.r_squared),
    )


def _ill_posed(problem: Problem, reference: Reference) -> bool:
    if problem.l2 > 0:
        return False
    return bool(reference.condition * np.finfo(problem.X.dtype).eps >= 1)


def _vector(has_intercept: bool, coef: Float64, intercept: float) -> Float64:
    return np.concatenate([[intercept], coef]) if has_intercept else coef


def _digits(answer: Float64, exact: Float64) -> float:
    """``-log10(max |b - b*| / |b*|)``, an absolute error where b* is 0, from 0 to 17."""
    return _digits_but_17(np.abs(answer - exact) / np.where(exact == 0, 1.0, np.abs(exact)))


def _digits_but_17(errors: Float64) -> float:
    """17 only where every error is 0."""
    worst = float(np.max(errors, initial=0.0))
    return _as_digits(worst and max(worst, LEAST_ERROR))


def _digits_beside(own: ArrayLike, exact: ArrayLike | None) -> float | None:
    if exact is None or np.shape(own) != np.shape(exact):
        return None
    return _digits(np.atleast_1d(np.asarray(own, dtype=np.float64)), np.atleast_1d(np.asarray(exact, dtype=np.float64)))


def _as_digits(error: float) -> float:
    if error == 0:
        return MOST_DIGITS
    return min(MOST_DIGITS, max(0.0, -math.log10(error))) if math.isfinite(error) else 0.0


@np.errstate(over="ignore", invalid="ignore")
def common_digits(a: Float64, a_intercept: float, b: Float64, b_intercept: float) -> float:
    """Digits that two answers have in common: of the coefficient they differ most in, relative to the larger one."""
    one, other = np.append(a, a_intercept), np.append(b, b_intercept)
    size = np.maximum(np.abs(one), np.abs(other))
    return _digits_but_17(np.abs(one - other) / np.where(size == 0, 1.0, size))


def certified_digits(answer: Sequence[float], certified: Sequence[str]) -> float:
    """Digits of the worst number against decimal strings, computed exactly, from 0 to 15; 0 if one is not finite."""
    if not np.isfinite(answer).all():
        return 0.0
    errors = [
        abs(Fraction(float(b)) - Fraction(c)) / (abs(Fraction(c)) or 1) for b, c in zip(answer, certified, strict=True)
    ]
    worst = max(errors, default=Fraction(0))
    return min(CERTIFIED_DIGITS, _as_digits(float(min(worst, Fraction(1)))))


def _capped(answer: Float64, exact: Float64, certified: Sequence[str]) -> float:
    """No more than the exact answer to the float64 data has: what goes beyond it is luck."""
    return min(certified_digits(answer.tolist(), certified), certified_digits(exact.tolist(), certified))


def mean_squared_error(X: Array, y: Array, coef: Float64, intercept: float) -> float:
    """The mean of ``(X @ coef + intercept - y)**2``, in float64, block by block."""
    total = sum(float(np.sum((_fitted(X[rows], coef, intercept) - y[rows]) ** 2)) for rows in _blocks(X))
    return total / len(y)


def _fitted(X: Array, coef: Float64, intercept: float) -> Float64:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(X.astype(np.float64) @ coef + intercept)


def _blocks(X: Array) -> Iterator[slice]:
    rows = max(1, BLOCK_ENTRIES // max(1, X.shape[1]))
    for start in range(0, len(X), rows):
        yield slice(start, start + rows)


class _Sums:
    """What one pass over the rows gives: the loss, the excess loss, the gradient, the error of the fitted values."""

    def __init__(
        self,
        problem: Problem,
        reference: Reference,
        coef: Float64,
        intercept: float,
        away: Float64,
        intercept_away: float,
    ) -> None:
        X, y = problem.X, problem.y
        n = len(y)
        squares = apart = fitted = 0.0
        gradient = np.zeros(X.shape[1] + 1)
        for rows in _blocks(X):
            block = X[rows].astype(np.float64)
            residual = block @ coef + intercept - y[rows]
            squares += float(residual @ residual)
            apart = math.hypot(apart, _norm(block @ away + intercept_away))
            fitted = math.hypot(fitted, _norm(block @ reference.coef + reference.intercept))
            gradient[:-1] += block.T @ residual
            gradient[-1] += residual.sum()
        gradient *= 2 / n
        gradient[:-1] += 2 * problem.l2 * coef
        self.loss = squares / n
        self.excess = (apart / math.sqrt(n)) * (apart / math.sqrt(n))
        self.gradient_norm = _norm(gradient if problem.intercept else gradient[:-1])
        self.fitted_digits = _as_digits(apart / (fitted or math.sqrt(n)))


def _norm(values: Float64) -> float:
    """The Euclidean norm; squares of numbers beyond 1e154, or below its inverse, would leave the range of float64."""
    largest = float(np.max(np.abs(values), initial=0.0))
    if largest == 0 or not math.isfinite(largest):
        return largest
    unit = values / largest
    return largest * math.sqrt(float(unit @ unit))
