"""How far the data would have to move for an answer to be their exact one.

The least ``|[ΔA Δy]|_F`` for which b minimises ``|(A + ΔA) b - (y + Δy)|`` is known (B. Waldén, R. Karlson, J. Sun,
"Optimal backward perturbation bounds for the linear least squares problem", Numer. Linear Algebra Appl. 2 (1995)
271-286, Theorem 2.2 with θ = 1) but costs an SVD per answer. With r the residuals and ``η² = |r|²/(1 + |b|²)`` it is,
within a factor near 1,

    |(A'A + η² I)^(-1/2) A'r| / sqrt(1 + |b|²)

(J. F. Grcar, M. A. Saunders, Z. Su, "Estimates of optimal backward perturbations for linear least squares problems",
Stanford SOL 2007-1, section 1.3, after R. Karlson and B. Waldén, BIT 37 (1997) 862-869). Columns and target are scaled
to unit length first, so that a move is measured against the column it is made in; the column of ones counts as one.
``r'r`` and ``A'r`` are exact. A penalty is further rows of A, which may move as well. With weights a
row of A and y is the data's times the root of its weight: what counts much may move little.
"""

import math
from functools import cached_property

import flint
import numpy as np
from numpy.typing import NDArray

from harness.reference.forms import Residuals
from harness.reference.gram import ExactGram
from harness.reference.rationals import of_float, of_fraction, scaled
from harness.reference.rounding import nearest, root, scaled_nearest

Float64 = NDArray[np.float64]

REGULAR = 1e-9
"""Least eigenvalue of ``A'A + η² I``, with columns of unit length, from which float64 keeps half its digits."""

LEAST_BITS = 128
MOST_BITS = 1 << 14
ENOUGH_BITS = 32


class Backward:
    """Backward errors of answers to one problem.

    Parameters
    ----------
    gram : ExactGram
    intercept : bool
    l2 : fmpq
    """

    def __init__(self, gram: ExactGram, *, intercept: bool, l2: flint.fmpq) -> None:
        p = len(gram.exponents) - 2
        self._gram = gram
        self._columns = [*range(p), *([p + 1] if intercept else [])]
        self._penalty = of_fraction(gram.weight) * l2
        self._powers = [_power(self._square(j)) for j in self._columns]
        self._target_power = _power(gram.rational(p, p))
        self._target = gram.rational(p, p) * scaled(1, -2 * self._target_power) or flint.fmpq(1)
        self._units = [scaled(1, 2 * (k - self._target_power)) for k in self._powers]

    @cached_property
    def _squares(self) -> list[flint.fmpq]:
        """Squared lengths of the columns, in units of `_powers`; 1 for 0."""
        whole = [self._square(j) * scaled(1, -2 * k) for j, k in zip(self._columns, self._powers, strict=True)]
        return [each or flint.fmpq(1) for each in whole]

    @cached_property
    def _lengths(self) -> Float64:
        return np.sqrt([nearest(each) for each in self._squares])

    @cached_property
    def _eigen(self) -> tuple[Float64, Float64]:
        products, powers = self._gram.products, self._entry_powers
        columns = [*zip(self._columns, powers, strict=True)]
        A = np.zeros((len(columns), len(columns)))
        for i, (j, a) in enumerate(columns):
            A[i, : i + 1] = [scaled_nearest(products[j][m], a + b) for m, b in columns[: i + 1]]
        np.fill_diagonal(A, self._lengths**2)
        values, vectors = np.linalg.eigh(A / self._lengths / self._lengths[:, None], UPLO="L")
        return values, vectors

    @cached_property
    def _entry_powers(self) -> list[int]:
        """Of two, of an integer column in units of `_powers`."""
        return [self._gram.exponents[j] - k for j, k in zip(self._columns, self._powers, strict=True)]

    def _square(self, j: int) -> flint.fmpq:
        """Of a column's length, the penalty's rows included."""
        own = self._gram.rational(j, j)
        return own + self._penalty if j < len(self._gram.exponents) - 2 else own

    def error(self, coef: Float64, intercept: float, residuals: Residuals, penalty_squares: flint.fmpq) -> float:
        """The backward error of an answer, relative to the columns' lengths.

        Parameters
        ----------
        coef : ndarray of shape (n_features,)
        intercept : float
        residuals : Residuals
            Of the answer.
        penalty_squares : fmpq
            ``n l2 |coef|²``, n being the sum of the weights where there are any.
        """
        gradient = self._gradient(coef, residuals)
        square = (residuals.squares + penalty_squares) * scaled(1, -2 * self._target_power)
        if square == 0 or not any(gradient):
            return 0.0
        answer = map(of_float, [*coef.tolist(), intercept])
        parts = (b * b * s * u for b, s, u in zip(answer, self._squares, self._units, strict=False))
        length = sum(parts, self._target)  # |y|² (1 + |b|²), in the units of y
        power = _power(length)
        unit = scaled(1, -power)
        norm = self._norm([g * unit for g in gradient], eta := root(square / length))
        return min(eta, norm / math.sqrt(nearest(length * unit * unit)))

    def _gradient(self, coef: Float64, residuals: Residuals) -> list[flint.fmpq]:
        """``A'r`` in the columns' units."""
        products = list(residuals.products)
        if self._penalty:
            products = [g + self._penalty * of_float(b) for g, b in zip(products, coef.tolist(), strict=True)]
        if len(self._columns) > len(products):
            products.append(residuals.total)
        return [g * scaled(1, -k - self._target_power) for g, k in zip(products, self._powers, strict=True)]

    def _norm(self, gradient: list[flint.fmpq], eta: float) -> float:
        """``|(A'A + η² I)^(-1/2) g|``."""
        values, vectors = self._eigen
        if values[0] + eta * eta > REGULAR:
            g = vectors.T @ (np.array([nearest(each) for each in gradient]) / self._lengths)
            return float(np.linalg.norm(g / np.sqrt(values + eta * eta)))
        return self._norm_in_balls(gradient, eta)

    @cached_property
    def _exact(self) -> flint.fmpq_mat:
        """``A'A`` in units of `_powers`."""
        products, powers = self._gram.products, self._entry_powers
        A = flint.fmpq_mat(
            [
                [scaled(products[j][m], a + b) for m, b in zip(self._columns, powers, strict=True)]
                for j, a in zip(self._columns, powers, strict=True)
            ]
        )
        for i, square in enumerate(self._squares):
            A[i, i] = square
        return A

    def _norm_in_balls(self, gradient: list[flint.fmpq], eta: float) -> float:
        size, bits = len(gradient), LEAST_BITS
        whole = flint.fmpq_mat(self._exact)
        for i, square in enumerate(self._squares):
            whole[i, i] += of_float(eta) ** 2 * square
        right = flint.fmpq_mat(size, 1, gradient)
        while bits <= MOST_BITS:
            with flint.ctx.workprec(bits):
                g = flint.arb_mat(right)
                try:
                    square = (g.transpose() * flint.arb_mat(whole).solve(g))[0, 0]
                except ZeroDivisionError:
                    square = flint.arb(0)
                if square.rel_accuracy_bits() >= ENOUGH_BITS:
                    return float(square.sqrt())
            bits *= 2
        return math.inf  # the caller's other bound holds


def _power(square: flint.fmpq) -> int:
    return (square.p.bit_length() - square.q.bit_length()) // 2 if square else 0
