"""Backward errors: how far the data would have to move for an answer to be their exact one.

The least ``|[ΔA Δy]|_F`` for which b minimises ``|(A + ΔA) b - (y + Δy)|`` is known (B. Waldén, R. Karlson, J. Sun,
"Optimal backward perturbation bounds for the linear least squares problem", Numer. Linear Algebra Appl. 2 (1995)
271-286, Theorem 2.2 with θ = 1) but costs an SVD per answer. With r the residuals and ``η² = |r|²/(1 + |b|²)`` it is,
within a factor near 1,

    |(A'A + η² I)^(-1/2) A'r| / sqrt(1 + |b|²)

(J. F. Grcar, M. A. Saunders, Z. Su, "Estimates of optimal backward perturbations for linear least squares problems",
Stanford SOL 2007-1, section 1.3, after R. Karlson and B. Waldén, BIT 37 (1997) 862-869). Columns and target are scaled
to unit length first, so that a move is relative to its own column; the column of ones may move too. ``r'r`` and ``A'r``
are exact. A penalty adds rows to A, which may move as well. With weights, a row of A and y is the data's times the root
of its weight: heavier rows may move less.
"""

import math
from functools import cached_property

import flint
import numpy as np
from numpy.typing import NDArray

from harness.reference.forms import Residuals
from harness.reference.gram import ExactGram
from harness.reference.rationals import of_fraction

Float64 = NDArray[np.float64]

REGULAR = 1e-9
"""Least eigenvalue of ``A'A + η² I``, with columns of unit length, for which float64 keeps half its digits."""

BITS = 80
"""Precision of balls used in place of float64: their exponents are unbounded, so that nothing over- or underflows."""

LEAST_BITS = 192
"""First precision where float64 does not suffice: such a condition number costs 106 bits or more."""

MOST_BITS = 1 << 14
ENOUGH_BITS = 32


class Backward:
    """Backward errors of answers to one problem; ``rank`` is that of its columns, with those of ones."""

    def __init__(self, gram: ExactGram, *, intercept: bool, l2: flint.fmpq, rank: int) -> None:
        p = len(gram.exponents) - 2
        self._gram = gram
        self._columns = [*range(p), *([p + 1] if intercept else [])]
        self._others = [p] if intercept else [p, p + 1]
        with flint.ctx.workprec(BITS):
            self._units = [flint.arb(2) ** gram.exponents[j] for j in self._columns]
            penalty = flint.arb(of_fraction(gram.weight) * l2) if l2 else flint.arb(0)
            self._penalties = [penalty if j < p else flint.arb(0) for j in self._columns]
            squares = [gram.products[j][j] * unit * unit for j, unit in zip(self._columns, self._units, strict=True)]
            whole = [a + b for a, b in zip(squares, self._penalties, strict=True)]
            self._squares = [flint.arb(1) if each.is_zero() else each for each in whole]
            zeros = sum(map(flint.arb.is_zero, whole))  # columns of zeros become unit columns below
            self._dependent = 0 if l2 else len(whole) - rank - zeros
            self._lengths = [each.sqrt() for each in self._squares]
            self._target = flint.arb(gram.rational(p, p) or 1)

    @cached_property
    def _eigen(self) -> tuple[Float64, Float64]:
        """Eigenvalues and vectors of ``A'A``, columns of unit length; without the null space, where gradients are 0."""
        with flint.ctx.workprec(BITS):
            shares = [unit / length for unit, length in zip(self._units, self._lengths, strict=True)]
            products, width = flint.arb_mat(self._gram.matrix).entries(), len(self._gram.exponents)
            columns = [*zip(self._columns, shares, strict=True)]
            A = np.eye(len(columns))
            for i, (j, a) in enumerate(columns):
                A[i, :i] = [float(products[j * width + m] * a * b) for m, b in columns[:i]]
        values, vectors = np.linalg.eigh(A, UPLO="L")
        return values[self._dependent :], vectors[:, self._dependent :]

    def error(self, coef: Float64, intercept: float, residuals: Residuals, penalty_squares: flint.fmpq) -> float:
        """The backward error of an answer, relative to the columns' lengths.

        Parameters
        ----------
        coef : ndarray of shape (n_features,)
        residuals : Residuals
            Of the answer.
        penalty_squares : fmpq
            ``n l2 |coef|²``, where n is the sum of the weights if there are any.
        """
        answer = [flint.arb(each) for each in (*coef.tolist(), intercept)]
        exact = (*residuals.products, residuals.total)
        with flint.ctx.workprec(BITS):
            gradient = [flint.arb(g) + c * b for g, c, b in zip(exact, self._penalties, answer, strict=False)]
            square = flint.arb(residuals.squares + penalty_squares)
            whole = sum((b * b * s for b, s in zip(answer, self._squares, strict=False)), self._target)
            eta, length = (square / whole).sqrt(), whole.sqrt()
            parts = [float(g / (s * length)) for g, s in zip(gradient, self._lengths, strict=True)]
        if not any(parts):
            return 0.0
        values, vectors = self._eigen
        damped = values + float(eta) ** 2
        if damped[0] > REGULAR:
            norm = float(np.linalg.norm(vectors.T @ np.array(parts) / np.sqrt(damped)))
        else:
            norm = self._norm_in_balls(gradient, eta.mid(), length.mid())
        return min(float(eta), norm)

    def _norm_in_balls(self, gradient: list[flint.arb], eta: flint.arb, length: flint.arb) -> float:
        """``|(A'A + η² S)^(-1/2) g|`` over a length, where S is diagonal with the columns' squared lengths."""
        bits = LEAST_BITS
        while bits <= MOST_BITS:
            with flint.ctx.workprec(bits):
                whole = flint.arb_mat(self._gram.matrix)
                right = flint.arb_mat(whole.nrows(), 1)
                for j in self._others:
                    for k in range(whole.nrows()):
                        whole[j, k] = whole[k, j] = int(j == k)
                for j, g, s, c, unit in zip(
                    self._columns, gradient, self._squares, self._penalties, self._units, strict=True
                ):
                    whole[j, j] += (eta * eta * s.mid() + c.mid()) / (unit * unit)
                    right[j, 0] = g.mid() / unit
                try:
                    square = (right.transpose() * whole.solve(right))[0, 0]
                except ZeroDivisionError:
                    square = flint.arb(0)
                if square.rel_accuracy_bits() >= ENOUGH_BITS:
                    return float(square.sqrt() / length)
            bits *= 2
        return math.inf  # the caller's other bound applies
