"""The data reduced to as few rows as a linear model needs, so that a cause needs no pass over the rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Singular:
    """The singular value decomposition of a design, with the transformed target."""

    values: Float64
    """Of shape (k,), descending, each above a share of the first."""
    right: Float64
    """Of shape (k, n_columns)."""
    target: Float64
    """Of shape (k,); ``Uᵀ y``."""

    @classmethod
    def of(cls, A: Float64, y: Float64, cut: float = 1e-14) -> Singular:
        """Decompose a design ``A`` of shape (n_rows, n_columns); directions below the cut are left out."""
        U, s, Vt = np.linalg.svd(A, full_matrices=False)
        kept = s > (s[0] if len(s) else 0.0) * cut
        return cls(s[kept], Vt[kept], (U.T @ y)[kept])

    def answers(self, shares: Float64) -> Float64:
        """Least-squares answers with each direction multiplied by a share.

        Parameters
        ----------
        shares : ndarray of shape (n_answers, k)

        Returns
        -------
        ndarray of shape (n_answers, n_columns)
        """
        product: Float64 = (shares * (self.target / self.values)) @ self.right
        return product


@dataclass(frozen=True, eq=False)
class Reduced:
    """Features and target multiplied by an orthogonal matrix: linear models have the same answers as on all rows.

    Only R of the QR factorisation of the centred columns is kept; centring first avoids losing digits of columns with
    large means.
    """

    mean: Float64
    """Of shape (n_features + 1,). Means of the features, then of the target."""
    centred: Float64
    """Of shape (k, n_features + 1). It has the same Gram matrix as the centred columns; the target is last."""
    weight: float
    """The number of rows, or the sum of their weights."""

    @cached_property
    def rows(self) -> Float64:
        """The reduced design with its column of ones first and the target last."""
        top = np.concatenate([[1.0], self.mean]) * np.sqrt(self.weight)
        below = np.hstack([np.zeros((len(self.centred), 1)), self.centred])
        return np.vstack([top, below])

    def design(self, *, intercept: bool) -> tuple[Float64, Float64]:
        """Features and target, centred where the model has an intercept."""
        rows = self.centred if intercept else self.rows[:, 1:]
        return rows[:, :-1], rows[:, -1]

    def changed(self, slope: Float64, shift: Float64) -> Reduced:
        """The data with columns ``[X y] @ slope + shift``; the last is the target."""
        return Reduced(self.mean @ slope + shift, self.centred @ slope, self.weight)

    def scaled(self, centre: Float64, length: Float64) -> Reduced:
        """The data with every column, the target included, minus ``centre`` and divided by ``length``."""
        return self.changed(np.diag(1.0 / length), -centre / length)

    def solve(self, *, intercept: bool) -> tuple[Float64, float]:
        """Coefficients and intercept, by columns of unit length; of least norm in these where they are dependent."""
        A, y = self.design(intercept=intercept)
        lengths = np.sqrt((A**2).sum(axis=0))
        lengths[lengths == 0] = 1.0
        B = A / lengths
        first = np.linalg.lstsq(B, y, rcond=None)[0]
        coef = (first + np.linalg.lstsq(B, y - B @ first, rcond=None)[0]) / lengths
        return coef, self.level(coef) if intercept else 0.0

    def level(self, coef: Float64) -> float:
        """The intercept for given coefficients."""
        return float(self.mean[-1] - self.mean[:-1] @ coef)

    def singular(self, *, intercept: bool) -> Singular:
        """The decomposition of the features, centred with an intercept."""
        return Singular.of(*self.design(intercept=intercept))


def reduced(X: Float64, y: Float64, weights: Float64 | None = None) -> Reduced:
    """Reduce features and target.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    y : ndarray of shape (n_samples,)
    weights : ndarray of shape (n_samples,), optional
        Of the squared residuals.
    """
    columns = np.column_stack([X, y])
    if weights is None:
        mean = columns.mean(axis=0)
        mean += (columns - mean).mean(axis=0)
        return Reduced(mean, np.asarray(np.linalg.qr(columns - mean, mode="r")), float(len(y)))
    mean = np.average(columns, axis=0, weights=weights)
    turned = np.asarray(np.linalg.qr((columns - mean) * np.sqrt(weights)[:, None], mode="r"))
    return Reduced(mean, turned, float(weights.sum()))
