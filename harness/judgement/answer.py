"""An answer beside the exact one, and the arithmetic that its scores share."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backends.base import Array, Inference, Problem

if TYPE_CHECKING:
    from harness.reference import Reference

Float64 = NDArray[np.float64]

MOST_DIGITS = 17.0
"""Digits of an answer that is the correctly rounded one to the last bit."""

CERTIFIED_DIGITS = 15.0
"""Digits that an authority's certified values are published to."""

LEAST_ERROR = 2.0**-53
"""Two float64 that differ do so by this much of the larger or more; what is nearer to an exact 0 is still not it."""

BLOCK_ENTRIES = 1 << 20
"""Entries of the design matrix that are looked at together, so that scoring needs little memory beside the data."""


@dataclass(frozen=True, eq=False)
class Answer:
    """A finite answer to a problem, beside the exact one."""

    problem: Problem
    """What was asked."""
    reference: Reference
    """The exact answer to it."""
    coef: Float64
    """Of shape (n_features,)."""
    intercept: float
    X_test: Array | None = None
    y_test: Array | None = None
    """Rows kept back: of shape (n_test, n_features) and (n_test,)."""
    certified: tuple[str, ...] | None = None
    """Certified estimates, the intercept first where there is one."""
    inference: Inference | None = None
    """The backend's own standard errors and R²."""

    @cached_property
    def undetermined(self) -> bool:
        """Whether the data leave the coefficients open in their precision."""
        if self.problem.l2 > 0:
            return False
        return bool(self.reference.condition * np.finfo(self.problem.X.dtype).eps >= 1)

    @cached_property
    def estimates(self) -> Float64:
        """The intercept, where the problem has one, and the coefficients."""
        return _vector(self.problem.intercept, self.coef, self.intercept)

    @cached_property
    def exact_estimates(self) -> Float64:
        """The exact ones, correctly rounded."""
        return _vector(self.problem.intercept, self.reference.coef, self.reference.intercept)

    @cached_property
    def sums(self) -> Sums:
        """What one pass over the rows gives."""
        with np.errstate(over="ignore", invalid="ignore"):
            return Sums.of(self)

    @cached_property
    def digits(self) -> float:
        """Correct digits of the worst estimate; of the fitted values where the estimates are undetermined."""
        with np.errstate(over="ignore", invalid="ignore"):
            if self.undetermined and not np.array_equal(self.estimates, self.exact_estimates):
                return self.sums.fitted_digits
            return _digits(self.estimates, self.exact_estimates)


def _vector(has_intercept: bool, coef: Float64, intercept: float) -> Float64:
    return np.concatenate([[intercept], coef]) if has_intercept else coef


def _digits(answer: Float64, exact: Float64) -> float:
    """``-log10(max |b - b*| / |b*|)``, an absolute error where b* is 0, from 0 to 17."""
    return _digits_but_17(np.abs(answer - exact) / np.where(exact == 0, 1.0, np.abs(exact)))


def _digits_but_17(errors: Float64) -> float:
    """17 only where every error is 0."""
    worst = float(np.max(errors, initial=0.0))
    return _as_digits(worst and max(worst, LEAST_ERROR))


def digits_beside(own: ArrayLike, exact: ArrayLike | None) -> float | None:
    """Digits of a backend's own numbers against the exact ones; None where these do not exist."""
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


def certified_digits_of(answer: Sequence[float], certified: Sequence[str]) -> float:
    """Digits of the worst number against decimal strings, computed exactly, from 0 to 15; 0 if one is not finite."""
    if not np.isfinite(answer).all():
        return 0.0
    errors = [
        abs(Fraction(float(b)) - Fraction(c)) / (abs(Fraction(c)) or 1) for b, c in zip(answer, certified, strict=True)
    ]
    worst = max(errors, default=Fraction(0))
    return min(CERTIFIED_DIGITS, _as_digits(float(min(worst, Fraction(1)))))


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


@dataclass(frozen=True)
class Sums:
    """What one pass over the rows gives."""

    loss: float
    """The mean squared error."""
    excess: float
    """``|X (b - b*) + (b0 - b0*)|² / n``: what the loss has beyond the exact answer's."""
    gradient_norm: float
    """Euclidean norm of the objective's gradient, the intercept's part included."""
    fitted_digits: float
    """Correct digits of the fitted values, as a vector."""

    @classmethod
    def of(cls, answer: Answer) -> Sums:
        """Block by block."""
        problem, reference, coef, intercept = answer.problem, answer.reference, answer.coef, answer.intercept
        X, y = problem.X, problem.y
        n = len(y)
        away = (coef - reference.coef) - reference.coef_low
        intercept_away = (intercept - reference.intercept) - reference.intercept_low
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
        return cls(
            loss=squares / n,
            excess=(apart / math.sqrt(n)) * (apart / math.sqrt(n)),
            gradient_norm=_norm(gradient if problem.intercept else gradient[:-1]),
            fitted_digits=_as_digits(apart / (fitted or math.sqrt(n))),
        )


def _norm(values: Float64) -> float:
    """The Euclidean norm; squares of numbers beyond 1e154, or below its inverse, would leave the range of float64."""
    largest = float(np.max(np.abs(values), initial=0.0))
    if largest == 0 or not math.isfinite(largest):
        return largest
    unit = values / largest
    return largest * math.sqrt(float(unit @ unit))
