"""Least squares by conjugate gradients, preconditioned by the factor R of a sketch, and refined until it is stable.

With R the triangular factor of a sketch of A, the columns of ``A R⁻¹`` are nearly orthonormal whatever the condition
of A, so that conjugate gradients on ``R⁻ᵀ Aᵀ A R⁻¹`` gain half a digit in each pass over the rows. Stopped where the
residual stagnates, the answer has fewer digits than Householder QR gives. Refinement restores them: recompute the
residual ``b - A x`` and solve for the correction. It ends when the backward error is small enough: the smallest change
of A that makes x exact, estimated after Karlson and Waldén with R in place of A::

    |(RᵀR + μ² I)^(-1/2) Aᵀ r| / |x|,    μ = |r| / |x|

References
----------
E. N. Epperly, M. Meier, Y. Nakatsukasa, "Fast randomized least-squares solvers can be just as accurate and stable as
classical direct solvers", Comm. Pure Appl. Math. (2025), arXiv:2406.03468 (SPIR and FOSSILS, the two refinements, the
stopping rule).
E. N. Epperly, "Fast and forward stable randomized algorithms for linear least-squares problems", SIAM J. Matrix Anal.
Appl. 45 (2024) 1782-1804, arXiv:2311.04362.
R. Karlson, B. Waldén, "Estimation of optimal backward perturbation bounds for the linear least squares problem", BIT 37
(1997) 862-869.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backends._augmented import forward_substitution, triangular_factor
from backends._parts import each_part
from backends.base import Problem

Float64 = NDArray[np.float64]

UNIT = 2.0**-53
ENOUGH = 0.1
"""Refinement ends at this backward error, in units of roundoff times the Frobenius norm of A."""
AIM = 0.02
"""The backward error that one refinement aims at, in the same units."""
STABLE = 100.0
"""The backward error up to which an answer counts as right, in the same units."""
REFINEMENTS = 6
PASSES = 60
"""Passes of one refinement, at most; with twelve rows of the sketch per column it needs 25."""
BLOCK = 1 << 16
"""Elements of X per block: multiplied from both sides while they stay in the cache."""


class Gradient(NamedTuple):
    """The negative gradient of half the squared residual, and the residual's length."""

    g: Float64
    """Of shape (n_parameters,). ``Aᵀ r`` minus the penalty's part."""
    norm: float
    """The length of r, including the rows of the penalty."""


@dataclass(frozen=True, eq=False)
class Preconditioned:
    """The rows and the factor of their sketch."""

    problem: Problem
    scale: Float64
    """Of shape (n_parameters,). Powers of two that bring the columns of A to lengths near 1; x is the solution for the
    scaled columns."""
    R: Float64
    """Of shape (n_parameters, n_parameters). The upper triangular factor of the sketch of the scaled columns."""
    inverse: Float64
    """Of shape (n_parameters, n_parameters). The inverse of R."""

    def gradient(self, x: Float64) -> Gradient:
        """The gradient at x, with the residual computed from the rows."""
        beta = self.scale * x
        product, square = self._products(beta, self.problem.y)
        penalty = self._penalty(beta)
        return Gradient(self.scale * (product - penalty), float(np.sqrt(square + beta @ penalty)))

    def normal(self, v: Float64) -> Float64:
        """``R⁻ᵀ Aᵀ A R⁻¹ v``."""
        beta = self.scale * (self.inverse @ v)
        product, _ = self._products(beta, None)
        return (self.scale * (product + self._penalty(beta))) @ self.inverse

    def backward_error(self, x: Float64, at: Gradient) -> float:
        """The estimated smallest change of A that makes x exact, in units of roundoff times the norm of A."""
        if not at.g.any():
            return 0.0
        length = float(np.linalg.norm(x))
        unit = UNIT * float(np.linalg.norm(self.R)) * length
        bound = float(np.linalg.norm(at.g @ self.inverse)) / unit
        if bound <= ENOUGH or not length:
            return bound
        factor = triangular_factor(np.vstack([self.R, at.norm / length * np.eye(len(x))]))
        return float(np.linalg.norm(forward_substitution(factor, at.g))) / unit

    def correction(self, x: Float64, at: Gradient) -> Float64:
        """The correction of x, solved as exactly as a backward stable answer needs."""
        reach = float(np.linalg.norm(self.inverse, 2)) * at.norm
        tolerance = AIM * UNIT * float(np.linalg.norm(self.R)) * (float(np.linalg.norm(x)) + reach)
        return self.inverse @ conjugate_gradients(self, at.g @ self.inverse, tolerance)

    def _penalty(self, beta: Float64) -> Float64:
        share = np.zeros_like(beta)
        p = self.problem.X.shape[1]
        share[:p] = len(self.problem.y) * self.problem.l2 * beta[:p]
        return share

    def _products(self, beta: Float64, target: NDArray[np.floating] | None) -> tuple[Float64, float]:
        """``Aᵀ (b - A beta)`` and the squared length of the residual; without a target ``Aᵀ A beta``."""
        product, square = np.zeros_like(beta), 0.0
        for of_part, square_of_part in each_part(self.problem, lambda part: _of_part(part, beta, target is not None)):
            product += of_part
            square += square_of_part
        return product, square


def conjugate_gradients(system: Preconditioned, c: Float64, tolerance: float) -> Float64:
    """Solve ``R⁻ᵀ Aᵀ A R⁻¹ z = c`` until the residual is at most ``tolerance``, or for `PASSES`."""
    z, rest = np.zeros_like(c), c.copy()
    direction, square = rest.copy(), float(c @ c)
    for _ in range(PASSES):
        if not square > tolerance**2:  # also true of NaN
            break
        image = system.normal(direction)
        step = square / float(direction @ image)
        z += step * direction
        rest -= step * image
        before, square = square, float(rest @ rest)
        direction = rest + square / before * direction
    return z


def refine(system: Preconditioned, x: Float64) -> tuple[Float64, bool]:
    """Refine a first answer until it is backward stable; also whether it is."""
    best, error = x, np.inf
    for _ in range(REFINEMENTS):
        at = system.gradient(x)
        before, now = error, system.backward_error(x, at)
        if now < error:
            best, error = x, now
        if now <= ENOUGH or not now < before / 2:
            break
        x = x + system.correction(x, at)
    return best, bool(error <= STABLE)


def _of_part(part: Problem, beta: Float64, with_target: bool) -> tuple[Float64, float]:
    p = part.X.shape[1]
    level = float(beta[p]) if part.intercept else 0.0
    product, square = np.zeros_like(beta), 0.0
    step = max(1, BLOCK // p)
    for first in range(0, len(part.y), step):
        X = part.X[first : first + step].astype(np.float64, copy=False)
        r = X @ beta[:p]
        r += level
        if with_target:
            r = part.y[first : first + step] - r
        product[:p] += r @ X
        if part.intercept:
            product[p] += float(r.sum())
        square += float(r @ r)
    return product, square
