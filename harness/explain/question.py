"""A question: a least-squares problem, with what else is known about its data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backends.base import Problem
from harness.explain.dependence import NearDependence, Relation, near_dependences, relations
from harness.explain.reduced import Reduced, reduced
from harness.reference import Judge, Reference, solve

Float64 = NDArray[np.float64]

MOST_ROUNDING = 1e-4


@dataclass(frozen=True, eq=False)
class Question:
    """A least-squares problem in the data's own units."""

    X: Float64
    """Of shape (n_samples, n_features)."""
    y: Float64
    """Of shape (n_samples,)."""
    features: tuple[str, ...]
    target: str
    intercept: bool = True
    """Whether the model has an intercept."""
    others: Mapping[str, Float64] = field(default_factory=dict)
    """Numeric columns that are neither features nor target, by name."""
    groups: tuple[tuple[int, ...], ...] = ()
    """For each category, the columns of its dummies; its baseline has none."""
    with_gaps: Callable[[], tuple[Float64, Float64]] | None = None
    """Returns ``(X, y)`` with NaN for missing values; None where the source has none."""
    l2: float = 0.0
    """Weight of ``|coef|**2`` relative to the mean squared error; other questions have no penalty."""
    cache: Path | None = None
    """The folder in which exact answers are cached."""
    rows: str = ""
    """The rows used, in words; empty for all."""
    weights: Float64 | None = None
    """Of shape (n_samples,), or None."""

    @cached_property
    def problem(self) -> Problem:
        """The question as a `Problem`."""
        X, y = np.ascontiguousarray(self.X), np.ascontiguousarray(self.y)
        return Problem(X, y, self.intercept, self.l2, self.weights)

    @cached_property
    def reference(self) -> Reference:
        """The exact answer."""
        return solve(self.problem, self.cache)

    @cached_property
    def judge(self) -> Judge:
        """The judge of any answer."""
        return Judge(self.problem, self.reference)

    @property
    def answer(self) -> tuple[Float64, float]:
        """The exact coefficients and intercept, correctly rounded."""
        return self.reference.coef, self.reference.intercept

    @cached_property
    def reduced(self) -> Reduced:
        """The data reduced to few rows."""
        return reduced(self.X, self.y, self.weights)

    @property
    def weight(self) -> float:
        """The number of rows, or the sum of their weights."""
        return float(len(self.y) if self.weights is None else self.weights.sum())

    @cached_property
    def condition(self) -> float:
        """2-norm condition number of the unscaled design with its column of ones, without dependent directions."""
        rows = self.reduced.rows
        s = np.linalg.svd(rows[:, :-1] if self.intercept else rows[:, 1:-1], compute_uv=False)
        s = s[s > 1e-14 * s.max(initial=0.0)]
        return float(s[0] / s[-1]) if len(s) else 1.0

    @property
    def rounding(self) -> float:
        """Relative error that an answer in float64 may have, by another program or by our own `solved`."""
        return min(MOST_ROUNDING, max(1e-11, 2e-15 * self.condition))

    @cached_property
    def determined(self) -> bool:
        """Whether the data determine the coefficients."""
        return not (self.judge.undetermined or self.relations)

    @cached_property
    def least_norm(self) -> tuple[Float64, float]:
        """The coefficients of least norm, intercept not counted, for undetermined coefficients."""
        found = self.reduced.singular(intercept=self.intercept)
        rank = len(self.features) - len(self.relations)
        coef = found.answers((np.arange(len(found.values)) < rank).astype(float)[None])[0]
        return coef, self.reduced.level(coef) if self.intercept else 0.0

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """Columns that are combinations of others, up to the data's rounding."""
        return relations(self.problem, self.features)

    @cached_property
    def near_dependences(self) -> tuple[NearDependence, ...]:
        """Near dependences between columns."""
        return near_dependences(self.X, self.features, intercept=self.intercept)

    @cached_property
    def basis(self) -> tuple[Float64, Float64]:
        """``Q`` with orthonormal columns, and ``R``, with ``[1 X] = Q R`` over all rows.

        The column of ones is first where the model has an intercept. ``R`` is singular where columns are dependent.
        """
        A = np.column_stack([np.ones(len(self.y)), self.X]) if self.intercept else self.X
        lengths = np.sqrt((A**2).sum(axis=0))
        lengths[lengths == 0] = 1.0
        Q, R = np.linalg.qr(A / lengths)
        return Q, R * lengths

    @cached_property
    def full_rank(self) -> bool:
        """Whether the columns are independent in float64."""
        _, R = self.basis
        if len(self.y) < R.shape[1]:
            return False
        sizes = np.abs(np.diag(R)) / np.maximum(np.sqrt((R**2).sum(axis=0)), 1e-300)
        return bool((sizes > 1e-12).all())


def solved(X: Float64, y: Float64, *, intercept: bool = True, weights: Float64 | None = None) -> tuple[Float64, float]:
    """Least squares by columns of unit length, centred with an intercept; accurate to the digits people print.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    y : ndarray of shape (n_samples,)
    weights : ndarray of shape (n_samples,), optional
        Of the squared residuals.
    """
    return reduced(X, y, weights).solve(intercept=intercept)
