"""The question that numbers from somewhere may be an answer to: the data, and what else is known of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Question:
    """A least-squares problem in the data's own units.

    Attributes
    ----------
    X : ndarray of shape (n_samples, n_features)
    y : ndarray of shape (n_samples,)
    features : tuple of str
    target : str
    intercept : bool
        Whether the model has one.
    others : mapping of str to ndarray of shape (n_samples,)
        Numeric columns that are neither features nor target.
    groups : tuple of tuple of int
        Columns that are the dummies of one category, with its baseline left out.
    with_gaps : callable or None
        Gives ``(X, y)`` with NaN where a value is missing; None where the source has no gaps.
    """

    X: Float64
    y: Float64
    features: tuple[str, ...]
    target: str
    intercept: bool = True
    others: Mapping[str, Float64] = field(default_factory=dict)
    groups: tuple[tuple[int, ...], ...] = ()
    with_gaps: Callable[[], tuple[Float64, Float64]] | None = None

    @cached_property
    def answer(self) -> tuple[Float64, float]:
        """Coefficients and intercept."""
        return solved(self.X, self.y, intercept=self.intercept)


def solved(X: Float64, y: Float64, *, intercept: bool = True, weights: Float64 | None = None) -> tuple[Float64, float]:
    """Least squares by columns of unit length, centred with an intercept: good to the digits that a person prints.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    y : ndarray of shape (n_samples,)
    intercept : bool
    weights : ndarray of shape (n_samples,), optional
        Of the squared residuals.
    """
    w = np.ones(len(y)) if weights is None else weights
    centre, level = (np.average(X, axis=0, weights=w), float(np.average(y, weights=w))) if intercept else (0.0, 0.0)
    root = np.sqrt(w)
    A, b = (X - centre) * root[:, None], (y - level) * root
    lengths = np.sqrt((A**2).sum(axis=0))
    lengths[lengths == 0] = 1.0
    scaled = np.linalg.lstsq(A / lengths, b, rcond=None)[0]
    again = np.linalg.lstsq(A / lengths, b - (A / lengths) @ scaled, rcond=None)[0]
    coef = (scaled + again) / lengths
    return coef, float(level - np.dot(np.broadcast_to(centre, coef.shape), coef)) if intercept else 0.0
