"""An answer with its exact counterpart, and the digit arithmetic that scores share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backends.base import Inference
from harness.units import LEAST_ERROR, correct_digits

if TYPE_CHECKING:
    from harness.reference import ExactScores, HeldOut, Judge, Reference, StackScores

Float64 = NDArray[np.float64]

CERTIFIED_DIGITS = 15.0
"""Digits that an authority's certified values are published to."""


@dataclass(frozen=True, eq=False)
class Answer:
    """A finite answer to a problem, with the exact one."""

    judge: Judge
    """The problem's judge, made once for all its answers."""
    coef: Float64
    """Of shape (n_features,)."""
    intercept: float
    held_out: HeldOut | None = None
    """The test set."""
    certified: tuple[str, ...] | None = None
    """Certified estimates, the intercept first where there is one."""
    inference: Inference | None = None
    """The backend's own standard errors and R²."""
    among: StackScores | None = None
    """Scores of all fits, where this is the worst of many."""

    @property
    def reference(self) -> Reference:
        """The exact answer."""
        return self.judge.reference

    @cached_property
    def exact(self) -> ExactScores:
        """The scores that are computed exactly."""
        return self.judge.score(self.coef, self.intercept)

    @cached_property
    def estimates(self) -> Float64:
        """The intercept, where the problem has one, and the coefficients."""
        return self._vector(self.coef, self.intercept)

    @cached_property
    def exact_estimates(self) -> Float64:
        """The exact estimates, correctly rounded."""
        return self._vector(self.reference.coef, self.reference.intercept)

    def _vector(self, coef: Float64, intercept: float) -> Float64:
        return np.concatenate([[intercept], coef]) if self.judge.problem.intercept else coef


def _of_errors(errors: Float64) -> float:
    """Digits of the largest of these relative errors, from 0 to 17; 17 only where all are 0."""
    worst = float(np.max(errors, initial=0.0))
    return correct_digits(worst and max(worst, LEAST_ERROR))


@np.errstate(over="ignore", invalid="ignore")
def digits_beside(own: ArrayLike, exact: ArrayLike | None) -> float | None:
    """Correct digits of a backend's own numbers; None where there are no exact ones."""
    if exact is None or np.shape(own) != np.shape(exact):
        return None
    a, b = (np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in (own, exact))
    return _of_errors(np.abs(a - b) / np.where(b == 0, 1.0, np.abs(b)))  # absolute where the exact one is 0


@np.errstate(over="ignore", invalid="ignore")
def common_digits(a: Float64, a_intercept: float, b: Float64, b_intercept: float) -> float:
    """Digits that two answers share, in the coefficient in which they differ most, relative to the larger value."""
    one, other = np.append(a, a_intercept), np.append(b, b_intercept)
    size = np.maximum(np.abs(one), np.abs(other))
    return _of_errors(np.abs(one - other) / np.where(size == 0, 1.0, size))


def certified_digits_of(answer: Sequence[float], certified: Sequence[str]) -> float:
    """Correct digits of the worst number against decimal strings, computed exactly; 0 to 15, 0 if not finite."""
    if not np.isfinite(answer).all():
        return 0.0
    errors = [
        abs(Fraction(float(b)) - Fraction(c)) / (abs(Fraction(c)) or 1) for b, c in zip(answer, certified, strict=True)
    ]
    worst = max(errors, default=Fraction(0))
    return min(CERTIFIED_DIGITS, correct_digits(float(min(worst, Fraction(1)))))
