"""How far the data would have to move for an answer to be their exact one.

The least ``|[ΔA Δy]|_F`` for which b minimises ``|(A + ΔA) b - (y + Δy)|`` is known (B. Waldén, R. Karlson, J. Sun,
"Optimal backward perturbation bounds for the linear least squares problem", Numer. Linear Algebra Appl. 2 (1995)
271-286, Theorem 2.2 with θ = 1) but costs an SVD per answer. With r the residuals and ``η² = |r|²/(1 + |b|²)`` it is,
within a factor near 1,

    |(A'A + η² I)^(-1/2) A'r| / sqrt(1 + |b|²)

(J. F. Grcar, M. A. Saunders, Z. Su, "Estimates of optimal backward perturbations for linear least squares problems",
Stanford SOL 2007-1, section 1.3, after R. Karlson and B. Waldén, BIT 37 (1997) 862-869). Columns and target are scaled
to unit length first, so that a move is measured against the column it is made in; the column of ones counts as one.
``r'r`` and ``A'r`` are exact. A penalty is further rows of A, which may move as well.
"""

import math
from fractions import Fraction
from functools import cached_property

import flint
import numpy as np
from numpy.typing import NDArray

from harness.reference.forms import Residuals
from harness.reference.gram import ExactGram
from harness.reference.rounding import dyadic, nearest, root

Float64 = NDArray[np.float64]

REGULAR = 1e-9
"""Least eigenvalue of ``A'A + η² I``, with columns of unit length, from which float64 keeps half its digits."""

MOST_BITS = 1 << 14
ENOUGH_BITS = 32


class Backward:
    """Backward errors of answers to one problem.

    Parameters
    ----------
    gram : ExactGram
    intercept : bool
    l2 : Fraction
    """

    def __init__(self, gram: ExactGram, *, intercept: bool, l2: Fraction) -> None:
        p = len(gram.exponents) - 2
        self._gram = gram
        self._columns = [*range(p), *([p + 1] if intercept else [])]
        self._penalty = gram.n_samples * l2
        self._powers = [_power(gram.value(j, j) + (self._penalty if j < p else 0)) for j in self._columns]
        self._target_power = _power(gram.value(p, p))
        self._target = gram.value(p, p) * dyadic(1, -2 * self._target_power) or Fraction(1)

    @cached_property
    def _squares(self) -> list[Fraction]:
        """Squared lengths of the columns, in units of `_powers`; 1 for 0."""
        return [self._entry(i, i) or Fraction(1) for i in range(len(self._columns))]

    @cached_property
    def _lengths(self) -> Float64:
        return np.array([root(each) for each in self._squares])

    @cached_property
    def _eigen(self) -> tuple[Float64, Float64]:
        size = len(self._columns)
        A = np.zeros((size, size))
        for i in range(size):
            for k in range(i + 1):
                A[i, k] = A[k, i] = self._near(i, k)
        values, vectors = np.linalg.eigh(A / self._lengths / self._lengths[:, None])
        return values, vectors

    def _near(self, i: int, k: int) -> float:
        """An entry in float64; by far the quickest way where the integer is within its range."""
        j, m = self._columns[i], self._columns[k]
        product = self._gram.products[j][m]
        if (i == k and self._penalty) or product.bit_length() > 1000:
            return nearest(self._entry(i, k))
        power = self._gram.exponents[j] + self._gram.exponents[m] - self._powers[i] - self._powers[k]
        return math.ldexp(float(product), power)

    def _entry(self, i: int, k: int) -> Fraction:
        j, m = self._columns[i], self._columns[k]
        power = self._gram.exponents[j] + self._gram.exponents[m] - self._powers[i] - self._powers[k]
        value = dyadic(self._gram.products[j][m], power)
        if i == k and self._penalty and j < len(self._gram.exponents) - 2:
            value += self._penalty * dyadic(1, -2 * self._powers[i])
        return value

    def error(self, coef: Float64, intercept: float, residuals: Residuals, penalty_squares: Fraction) -> float:
        """The backward error of an answer, relative to the columns' lengths.

        Parameters
        ----------
        coef : ndarray of shape (n_features,)
        intercept : float
        residuals : Residuals
            Of the answer.
        penalty_squares : Fraction
            ``n l2 |coef|²``.
        """
        units = [dyadic(1, 2 * (k - self._target_power)) for k in self._powers]
        answer = [*coef.tolist(), intercept]
        parts = (Fraction(b) ** 2 * s * u for b, s, u in zip(answer, self._squares, units, strict=False))
        length = self._target + sum(parts, Fraction(0))  # |y|² (1 + |b|²), in the units of y
        square = (residuals.squares + penalty_squares) * dyadic(1, -2 * self._target_power)
        gradient = self._gradient(coef, residuals)
        if square == 0 or not any(gradient):
            return 0.0
        power = _power(length)
        norm = self._norm([g * dyadic(1, -power) for g in gradient], eta := root(square / length))
        return min(eta, norm / root(length * dyadic(1, -2 * power)))

    def _gradient(self, coef: Float64, residuals: Residuals) -> list[Fraction]:
        """``A'r`` in the columns' units."""
        products = [
            g + self._penalty * Fraction(b) if self._penalty else g
            for g, b in zip(residuals.products, coef.tolist(), strict=True)
        ]
        if len(self._columns) > len(products):
            products.append(residuals.total)
        return [g * dyadic(1, -k - self._target_power) for g, k in zip(products, self._powers, strict=True)]

    def _norm(self, gradient: list[Fraction], eta: float) -> float:
        """``|(A'A + η² I)^(-1/2) g|``."""
        values, vectors = self._eigen
        if values[0] + eta * eta > REGULAR:
            g = vectors.T @ (np.array([nearest(each) for each in gradient]) / self._lengths)
            return float(np.linalg.norm(g / np.sqrt(values + eta * eta)))
        return self._norm_in_balls(gradient, eta)

    def _norm_in_balls(self, gradient: list[Fraction], eta: float) -> float:
        size = len(gradient)
        whole = [[self._entry(i, k) for k in range(size)] for i in range(size)]
        for i in range(size):
            whole[i][i] += Fraction(eta) ** 2 * self._squares[i]
        bits = 256
        while bits <= MOST_BITS:
            with flint.ctx.workprec(bits):
                g = flint.arb_mat(size, 1, [_ball(each) for each in gradient])
                try:
                    square = (g.transpose() * flint.arb_mat([[_ball(v) for v in row] for row in whole]).solve(g))[0, 0]
                except ZeroDivisionError:
                    square = flint.arb(0)
                if square.rel_accuracy_bits() >= ENOUGH_BITS:
                    return float(square.sqrt())
            bits *= 2
        return math.inf  # the caller's other bound holds


def _power(square: Fraction) -> int:
    return (square.numerator.bit_length() - square.denominator.bit_length()) // 2 if square else 0


def _ball(value: Fraction) -> flint.arb:
    return flint.arb(value.numerator) / flint.arb(value.denominator)
