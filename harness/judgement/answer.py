"""An answer beside the exact one, and the arithmetic of digits that scores share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backends.base import Inference

if TYPE_CHECKING:
    from harness.reference import ExactScores, HeldOut, Judge, Reference, StackScores

Float64 = NDArray[np.float64]

MOST_DIGITS = 17.0
"""Digits of an answer that is the correctly rounded one to the last bit."""

CERTIFIED_DIGITS = 15.0
"""Digits that an authority's certified values are published to."""

LEAST_ERROR = 2.0**-53
"""Two float64 that differ do so by this much of the larger or more; what is nearer to an exact 0 is still not it."""


@dataclass(frozen=True, eq=False)
class Answer:
    """A finite answer to a problem, beside the exact one."""

    judge: Judge
    """Of the problem; made once for all its answers."""
    coef: Float64
    """Of shape (n_features,)."""
    intercept: float
    held_out: HeldOut | None = None
    """The rows kept back."""
    certified: tuple[str, ...] | None = None
    """Certified estimates, the intercept first where there is one."""
    inference: Inference | None = None
    """The backend's own standard errors and R²."""
    among: StackScores | None = None
    """Of all fits, where this is the worst of many."""

    @property
    def reference(self) -> Reference:
        """The exact answer."""
        return self.judge.reference

    @cached_property
    def exact(self) -> ExactScores:
        """Every number that is computed exactly."""
        return self.judge.score(self.coef, self.intercept)

    @cached_property
    def estimates(self) -> Float64:
        """The intercept, where the problem has one, and the coefficients."""
        return self._vector(self.coef, self.intercept)

    @cached_property
    def exact_estimates(self) -> Float64:
        """The exact ones, correctly rounded."""
        return self._vector(self.reference.coef, self.reference.intercept)

    def _vector(self, coef: Float64, intercept: float) -> Float64:
        return np.concatenate([[intercept], coef]) if self.judge.problem.intercept else coef


def _of_errors(errors: Float64) -> float:
    """``-log10`` of the largest relative error, from 0 to 17; 17 only without any error."""
    worst = float(np.max(errors, initial=0.0))
    return _as_digits(worst and max(worst, LEAST_ERROR))


def _as_digits(error: float) -> float:
    if error == 0:
        return MOST_DIGITS
    return min(MOST_DIGITS, max(0.0, -math.log10(error))) if math.isfinite(error) else 0.0


@np.errstate(over="ignore", invalid="ignore")
def digits_beside(own: ArrayLike, exact: ArrayLike | None) -> float | None:
    """Digits of a backend's own numbers against the exact ones; None where these do not exist."""
    if exact is None or np.shape(own) != np.shape(exact):
        return None
    a, b = (np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in (own, exact))
    return _of_errors(np.abs(a - b) / np.where(b == 0, 1.0, np.abs(b)))  # absolute where the exact one is 0


@np.errstate(over="ignore", invalid="ignore")
def common_digits(a: Float64, a_intercept: float, b: Float64, b_intercept: float) -> float:
    """Digits that two answers have in common: of the coefficient they differ most in, relative to the larger one."""
    one, other = np.append(a, a_intercept), np.append(b, b_intercept)
    size = np.maximum(np.abs(one), np.abs(other))
    return _of_errors(np.abs(one - other) / np.where(size == 0, 1.0, size))


def certified_digits_of(answer: Sequence[float], certified: Sequence[str]) -> float:
    """Digits of the worst number against decimal strings, computed exactly, from 0 to 15; 0 if one is not finite."""
    if not np.isfinite(answer).all():
        return 0.0
    errors = [
        abs(Fraction(float(b)) - Fraction(c)) / (abs(Fraction(c)) or 1) for b, c in zip(answer, certified, strict=True)
    ]
    worst = max(errors, default=Fraction(0))
    return min(CERTIFIED_DIGITS, _as_digits(float(min(worst, Fraction(1)))))
