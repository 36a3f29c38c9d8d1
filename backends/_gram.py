"""Least squares from the centred Gram matrix and its Cholesky factor, and how far to trust them.

With G the Gram matrix of the centred columns, ``n*l2`` added to its diagonal, and c their products with the centred
target (all of them weighted, and n the sum of the weights, where rows have some), ``G coef = c`` and ``intercept =
mean(y) - mean(X) @ coef``. It takes one pass over the rows at the speed of a matrix product; QR costs twice the flops
at best. The price is digits, and it can be predicted:

- *Scale* costs nothing: G is equilibrated by powers of two, within a factor 2 of the best diagonal scaling (A. van der
  Sluis, Numer. Math. 14 (1969) 14-23).
- *Collinearity.* An error in G or c reaches coefficient j times the variance inflation factor
  ``VIF_j = G_jj * inv(G)_jj``. That is the square of Stewart's collinearity index: a relative change of
  ``1/sqrt(VIF_j)`` in column j makes it dependent on the others (G. W. Stewart, "Collinearity and least squares
  regression", Statist. Sci. 2 (1987) 68-84). QR loses the index, Cholesky its square.
- *A second pass* takes the residual ``y - X coef - intercept`` from the rows themselves. Its correction is free of the
  errors in G, so ``VIF * eps`` becomes its square, plus the rounding of the pass itself, most of which averages out
  over the rows: worthwhile from a VIF of about 4, and no worse than QR up to about 64. (The same correction of the
  Cholesky factor itself: Y. Yamamoto, Y. Nakatsukasa, Y. Yanagisawa, T. Fukaya, "Roundoff error analysis of the
  CholeskyQR2 algorithm", ETNA 44 (2015) 306-326.)
- *The d × d system* is solved with its residual in twice the working precision; its error is negligible.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backends._double_double import Pair, add, multiply, residual, two_sum
from backends._moments import Centred, Shift, centred_moments, shifted_blocks
from backends._parts import each_part
from backends._weights import total
from backends.base import Fit, Problem

Float64 = NDArray[np.float64]

UNIT = 2.0**-53
SMALLEST_SQUARE = 2.0**-960
"""Sums of squares below this may hold products that underflowed."""
LOW_VIF = 4.0
"""Up to this, one pass is as accurate as QR; beyond, a second pass gains digits."""
HIGH_VIF = 64.0
"""Beyond this, the rounding of the second pass's own sums, times VIF, exceeds what QR would lose."""
SMALL = 1 << 14
"""Elements of X up to which a refined answer takes about a millisecond, so that every digit is worth it."""
LAST_DIGIT = 2.0**-50
"""A coefficient of a small or wide problem is refined when its predicted relative error is larger."""
WIDE = 64
"""Features from which a second pass costs a quarter of the first, so that small coefficients are worth it."""
CANCELLED = 2.0**-46
"""As `LAST_DIGIT`, for the intercept of a large problem, where rounding averages out over the rows."""
LARGEST_STEP = 2.0**-24
"""A correction larger than this, relative to the coefficients, shows that G is worse than estimated."""


@dataclass(frozen=True, eq=False)
class System:
    """``G z = c`` after equilibration, ``coef = scale * z``."""

    G: Float64
    """Of shape (n_features, n_features)."""
    scale: Float64
    """Of shape (n_features,). Powers of two."""
    half_inverse: Float64
    """Of shape (n_features, n_features). The inverse of the lower Cholesky factor of G."""

    @classmethod
    def of(cls, G: Float64) -> System | None:
        """Equilibrate and factor; None where G is not finite, not positive definite, or may have underflowed."""
        square = np.diag(G)
        if not (np.isfinite(G).all() and (square > SMALLEST_SQUARE).all()):
            return None
        scale = np.ldexp(1.0, -(np.frexp(square)[1] // 2))
        G = G * scale * scale[:, None]
        try:
            return cls(G, scale, np.linalg.inv(np.linalg.cholesky(G)))
        except np.linalg.LinAlgError:
            return None

    def solve(self, c: Float64) -> Pair:
        """The coefficients in twice the working precision, apart from the factor's condition."""
        c = c * self.scale
        z = self._approximately(c)
        correction = self._approximately(residual(Pair.of(c), self.G, Pair.of(z)).hi)
        return add(Pair.of(self.scale * z), Pair.of(self.scale * correction))

    def _approximately(self, c: Float64) -> Float64:
        z: Float64 = (self.half_inverse @ c) @ self.half_inverse
        return z

    def inverse_diagonal(self) -> Float64:
        """The diagonal of the inverse of the equilibrated G."""
        diagonal: Float64 = np.einsum("ij,ij->j", self.half_inverse, self.half_inverse)
        return diagonal


def solve_gram(problem: Problem) -> Fit | None:
    """Solve from the Gram matrix, with a second pass over the rows where that gains digits.

    Returns
    -------
    Fit or None
        None where this would lose digits: columns too collinear or constant, squares that overflow or underflow, no
        more rows than features, or a small problem whose last digits are predicted to be wrong.
    """
    n, p = problem.X.shape
    if not 0 < p < n:
        return None
    with np.errstate(all="ignore"):
        centred = centred_moments(problem)
        system = System.of(_penalised(centred.G, total(problem).hi * problem.l2))
        if system is None or not SMALLEST_SQUARE < centred.target_square < np.inf:
            return None
        coef = _coefficients(problem, centred, system)
    if coef is None:
        return None
    intercept = _intercept(centred, coef) if problem.intercept else 0.0
    return Fit(coef.hi, intercept, converged=True, iterations=None, rank=p + problem.intercept)


def _penalised(G: Float64, penalty: float) -> Float64:
    return G + np.diag(np.full(len(G), penalty)) if penalty else G


def _coefficients(problem: Problem, centred: Centred, system: System) -> Pair | None:
    n, p = problem.X.shape
    inverse = system.inverse_diagonal()
    vif = float((inverse * np.diag(system.G)).max())
    if not vif <= HIGH_VIF:  # also true of NaN
        return None
    coef = system.solve(centred.c)
    worst_coef, worst_intercept = _predicted_errors(centred, system.scale * inverse, coef)
    if n * p <= SMALL:
        return coef if max(worst_coef, worst_intercept) <= LAST_DIGIT else None
    if worst_intercept > CANCELLED * math.sqrt(n):  # more than averaging over the rows can correct
        return None
    enough = p < WIDE or worst_coef <= LAST_DIGIT
    if enough and vif <= LOW_VIF and worst_intercept <= CANCELLED:
        return coef
    return _second_pass(problem, centred, system, coef)


def _predicted_errors(centred: Centred, reach: Float64, coef: Pair) -> tuple[float, float]:
    """Relative errors of the worst coefficient, each against itself, and of the intercept; to an order of magnitude.

    An error of ``UNIT * |x_j| * |y|`` in ``c_j``, which errors in G also amount to, becomes ``reach_j * UNIT * |y|`` in
    coefficient j.
    """
    rounding = 2 * UNIT * (1 + centred.loss)
    error = rounding * reach * np.sqrt(centred.target_square)
    mean = centred.shift.features + centred.mean
    intercept = centred.shift.target + centred.target_mean - float(mean @ coef.hi)
    intercept_error = float(np.linalg.norm(mean * error))
    return _ratio(error, np.abs(coef.hi)), _ratio(np.array([intercept_error]), np.array([abs(intercept)]))


def _ratio(error: Float64, size: Float64) -> float:
    return float(np.divide(error, size, out=np.where(error > 0, np.inf, 0.0), where=size > 0).max())


def _second_pass(problem: Problem, centred: Centred, system: System, coef: Pair) -> Pair | None:
    """One step of iterative refinement with the gradient taken from the rows; None where the step is too large."""
    beta = coef.hi
    offset = centred.target_mean - float(centred.mean @ beta)
    level, gradient = 0.0, -total(problem).hi * problem.l2 * beta
    for level_of_part, of_part in each_part(problem, lambda part: _gradient(part, centred.shift, beta, offset)):
        level += level_of_part
        gradient += of_part
    step = system.solve(gradient - level * centred.mean).hi
    moved = np.abs(step / system.scale).max() <= LARGEST_STEP * np.abs(beta / system.scale).max()
    return add(Pair.of(beta), Pair.of(step)) if moved else None


def _gradient(part: Problem, shift: Shift, beta: Float64, offset: float) -> tuple[float, Float64]:
    """The sum of some rows' residuals, and the sum of their products with the features."""
    level, gradient = 0.0, np.zeros_like(beta)
    for rows, sides in shifted_blocks(part, shift):
        r = sides[1]
        r -= rows @ beta
        r -= offset * sides[0]
        level += float((sides[0] * r).sum())
        # BLAS sums two rows times a matrix in shorter chains than one row, so with less rounding
        gradient += (sides @ rows)[1]
    return level, gradient


def _intercept(centred: Centred, coef: Pair) -> float:
    """``mean(y) - mean(X) @ coef`` in twice the working precision: the means often cancel."""
    mean = Pair(*two_sum(centred.shift.features, centred.mean))
    products = multiply(mean, -coef)
    return math.fsum([centred.shift.target, centred.target_mean, *products.hi.tolist(), *products.lo.tolist()])
