"""The design matrix of an exact fit in float64, with its columns' means and lengths, and its inverse Gram matrix.

Lengths, means and inverse are computed from exact numbers, so that they are accurate however nearly dependent the
columns are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backends.base import Array, Problem
from harness.passes import Watch, steps, unwatched
from harness.reference.rational import RationalFit
from harness.reference.rounding import dyadic, half_power, nearest, quotient, root
from harness.reference.spread import unit_inverse

Float64 = NDArray[np.float64]

BLOCK_ENTRIES = 1 << 14
"""Entries of a block: the few arrays made from it stay in a core's cache."""

MODERATE = 200
"""Largest exponent of two at which a column is not rescaled: squares and products of such numbers stay in range."""


class Block(NamedTuple):
    """Some rows of a design."""

    X: Float64
    y: Float64
    """``X`` and ``y``: of shape (n_rows, n_features) and (n_rows,), float64, in the design's units."""
    root: Float64 | None
    """Of shape (n_rows,). Square roots of the weights over ``2**Design.weight_exponent``: weighted least squares is
    least squares with the rows multiplied by them."""


@dataclass(frozen=True, eq=False)
class Design:
    """A problem in units in which nothing overflows, with numbers derived from its exact Gram matrix."""

    problem: Problem
    exponents: NDArray[np.int64]
    """Of shape (n_features,). Column j is in units of ``2**exponents[j]``; 0 except for columns near the limits of
    float64's range."""
    target_exponent: int
    weight_exponent: int
    """Weights are in units of ``4**weight_exponent``, and so of ordinary size; 0 without weights."""
    coef: Float64
    """Of shape (n_features,). The exact answer, in these units."""
    intercept: float
    lengths: Float64
    means: Float64
    """``lengths`` and ``means``: of shape (n_features,). Square roots of the diagonal of the Gram matrix, centred with
    an intercept, ``n*l2`` added; 1 where that is 0. Means are 0 without an intercept."""
    inverse: Float64
    """Of shape (n_features, n_features). Inverse of the Gram matrix divided by the lengths; 0 in the rows and columns
    of columns that depend on others."""
    fitted: float
    """Euclidean length of the fitted values."""
    fit: RationalFit

    def correlations(self) -> Float64:
        """The Gram matrix whose inverse is `inverse`."""
        units = [dyadic(1, -int(k) - self.weight_exponent) for k in self.exponents]
        rows = [
            [c * s * t for c, t in zip(row, units, strict=True)] for row, s in zip(self.fit.centred, units, strict=True)
        ]
        penalty = self.fit.moments.weight * self.fit.l2
        for j, s in enumerate(units):
            rows[j][j] += penalty * s * s
        A = np.array([[nearest(each) for each in row] for row in rows], dtype=np.float64)
        return A.reshape(len(units), len(units)) / self.lengths / self.lengths[:, None]

    @property
    def weight(self) -> float:
        """The sum of the weights, in their units; the number of rows without weights."""
        return nearest(self.fit.moments.weight * dyadic(1, -2 * self.weight_exponent))

    @property
    def block_rows(self) -> int:
        """Rows per block."""
        return max(16, BLOCK_ENTRIES // max(1, int(self.problem.X.shape[1])))

    def blocks(self, watch: Watch = unwatched) -> Iterator[Block]:
        """The rows, block by block."""
        problem = self.problem
        exponents = self.exponents if self.exponents.any() else None
        n, p = problem.X.shape
        for rows in steps("attainable digits", n, self.block_rows, problem.X.itemsize * (p + 1), watch):
            yield Block(
                _scaled(problem.X[rows], exponents),
                _scaled(problem.y[rows], self.target_exponent or None),
                None if problem.weights is None else np.ldexp(np.sqrt(problem.weights[rows]), -self.weight_exponent),
            )


def _scaled(values: Array, exponents: NDArray[np.int64] | int | None) -> Float64:
    whole: Float64 = values.astype(np.float64, copy=False)
    return whole if exponents is None else np.asarray(np.ldexp(whole, np.negative(exponents)), dtype=np.float64)


def design(problem: Problem, fit: RationalFit, inverse: Float64 | None) -> Design:
    """The design of an exact fit.

    Parameters
    ----------
    fit : RationalFit
        The exact answer to it.
    inverse : ndarray of shape (n_features, n_features), optional
        `harness.reference.spread.Spread.inverse`, where that is known and there is no penalty.
    """
    penalty = fit.moments.weight * Fraction(problem.l2)
    diagonal = [row[j] + penalty if penalty else row[j] for j, row in enumerate(fit.centred)]
    weight = half_power(fit.moments.weight / fit.moments.n)
    exponents = [_exponent(max(fit.moments.xx[j][j], each), weight) for j, each in enumerate(diagonal)]
    target = _exponent(fit.moments.yy, weight)
    if inverse is None or problem.l2 > 0:
        inverse = _inverse_of_basis(fit, penalty)
    return Design(
        problem=problem,
        exponents=np.array(exponents, dtype=np.int64),
        target_exponent=target,
        weight_exponent=weight,
        coef=_array(nearest(_times(b, k - target)) for b, k in zip(fit.coef, exponents, strict=True)),
        intercept=nearest(_times(fit.intercept, -target)),
        lengths=_array(root(_times(s, -2 * (k + weight))) or 1.0 for s, k in zip(diagonal, exponents, strict=True)),
        means=_means(fit, exponents) if problem.intercept else np.zeros(len(exponents)),
        inverse=inverse,
        fitted=root(_times(fit.fitted, -2 * (target + weight))),
        fit=fit,
    )


def _times(value: Fraction, exponent: int) -> Fraction:
    """``value * 2**exponent``, with a shortcut for exponent 0, which is usual: fractions are slow."""
    return value * dyadic(1, exponent) if exponent else value


def _exponent(square: Fraction, weight: int) -> int:
    """0 for a sum of squares of ordinary size, else about the exponent of two of its root, less that of the weights."""
    size = half_power(square) - weight if square else 0
    return size if abs(size) > MODERATE else 0


def _means(fit: RationalFit, exponents: Sequence[int]) -> Float64:
    m = fit.moments
    return _array(quotient(s, _times(m.weight, k)) for s, k in zip(m.x, exponents, strict=True))


def _array(values: Iterable[float]) -> Float64:
    return np.array([*values], dtype=np.float64)


def _inverse_of_basis(fit: RationalFit, penalty: Fraction) -> Float64:
    p = len(fit.coef)
    columns: Sequence[int] = range(p) if penalty else fit.basis
    A = [[fit.centred[j][k] + (penalty if j == k else 0) for k in columns] for j in columns]
    whole = np.zeros((p, p))
    whole[np.ix_(columns, columns)] = unit_inverse(A)
    return whole
