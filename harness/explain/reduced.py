"""The data with no more rows than a linear model needs, so that a cause costs no pass over the rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Singular:
    """The singular value decomposition of a design and the target in its terms."""

    values: Float64
    """Of shape (k,). Falling, each above a share of the first."""
    right: Float64
    """Of shape (k, n_columns)."""
    target: Float64
    """Of shape (k,); ``Uᵀ y``."""

    @classmethod
    def of(cls, A: Float64, y: Float64, cut: float = 1e-14) -> Singular:
        """Of a design ``A`` of shape (n_rows, n_columns) and a target; directions below the cut are left out."""
        U, s, Vt = np.linalg.svd(A, full_matrices=False)
        kept = s > (s[0] if len(s) else 0.0) * cut
        return cls(s[kept], Vt[kept], (U.T @ y)[kept])

    def answers(self, shares: Float64) -> Float64:
        """The least-squares answers of which only a share is taken along each direction.

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
    """Features and target turned by an orthogonal matrix: every linear model has the same answers as on all rows.

    The columns are centred first and the triangle of their QR factorisation is kept, so that columns that lie far from
    0 lose no digits.
    """

    mean: Float64
    """Of shape (n_features + 1,), of each feature, and of the target last."""
    centred: Float64
    """Of shape (k, n_features + 1). With the same Gram matrix as the centred columns; the target last."""
    weight: float
    """Rows, or the sum of their weights."""

    @cached_property
    def rows(self) -> Float64:
        """A design with a column of ones (turned too) first and the target last."""
        top = np.concatenate([[1.0], self.mean]) * np.sqrt(self.weight)
        below = np.hstack([np.zeros((len(self.centred), 1)), self.centred])
        return np.vstack([top, below])

    def design(self, *, intercept: bool) -> tuple[Float64, Float64]:
        """Features and target, centred where the model has an intercept."""
        rows = self.centred if intercept else self.rows[:, 1:]
        return rows[:, :-1], rows[:, -1]

    def changed(self, slope: Float64, shift: Float64) -> Reduced:
        """Other columns in their place: ``[X y] @ slope + shift``; the last one is the target."""
        return Reduced(self.mean @ slope + shift, self.centred @ slope, self.weight)

    def scaled(self, centre: Float64, length: Float64) -> Reduced:
        """Every column, the target's too, less a number and over a number."""
        return self.changed(np.diag(1.0 / length), -centre / length)

    def solve(self, *, intercept: bool) -> tuple[Float64, float]:
        """Coefficients and intercept by columns of unit length; of least norm in them where they are dependent."""
        A, y = self.design(intercept=intercept)
        lengths = np.sqrt((A**2).sum(axis=0))
        lengths[lengths == 0] = 1.0
        B = A / lengths
        first = np.linalg.lstsq(B, y, rcond=None)[0]
        coef = (first + np.linalg.lstsq(B, y - B @ first, rcond=None)[0]) / lengths
        return coef, self.level(coef) if intercept else 0.0

    def level(self, coef: Float64) -> float:
        """The intercept that belongs to coefficients."""
        return float(self.mean[-1] - self.mean[:-1] @ coef)

    def singular(self, *, intercept: bool) -> Singular:
        """The decomposition of the features as they are, centred with an intercept."""
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
