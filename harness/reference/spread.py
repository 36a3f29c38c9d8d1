"""What needs the inverse of a Gram matrix: standard errors and the condition number, in ball arithmetic.

An exact inverse of a large matrix has entries of many thousand digits. Balls (numbers with a rigorous error bound, Arb)
carry as many as are needed: the precision is doubled until the bounds are far below a float64's last bit.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

import flint
import numpy as np

from harness.reference.rational import Matrix, RationalFit

__all__ = ["Spread", "spread"]

ENOUGH_BITS = 64
MOST_BITS = 1 << 14


class Spread(NamedTuple):
    """Of a fit of full rank.

    Attributes
    ----------
    condition : float
        Ratio of the largest to the smallest singular value of the design with columns of unit length, centred first
        with an intercept; inf where the columns are dependent, 1 where there are none.
    variances : tuple of Fraction or None
        Squared standard errors to `ENOUGH_BITS` bits, the intercept's first where there is one; None where there is no
        degree of freedom or no full rank.
    """

    condition: float
    variances: tuple[Fraction, ...] | None


def spread(fit: RationalFit) -> Spread:
    """Condition number and standard errors of an exact fit."""
    p = len(fit.coef)
    if fit.rank < fit.n_parameters:
        return Spread(math.inf, None)
    if p == 0:
        return Spread(1.0, _variances(fit, None))
    R, inverse = _correlations_and_inverse(fit.centred)
    condition = math.sqrt(_norm(R) * _norm(inverse))
    return Spread(condition, _variances(fit, inverse))


def _correlations_and_inverse(C: Matrix) -> tuple[flint.arb_mat, flint.arb_mat]:
    """``R = D C D`` of unit diagonal, and its inverse, to `ENOUGH_BITS` bits."""
    bits = 128
    while True:
        with flint.ctx.workprec(bits):
            lengths = [_arb(C[j][j]).sqrt() for j in range(len(C))]
            R = flint.arb_mat(
                [
                    [_arb(c) / (s * t) for c, t in zip(row, lengths, strict=True)]
                    for row, s in zip(C, lengths, strict=True)
                ]
            )
            try:
                inverse = R.inv()
            except ZeroDivisionError:
                inverse = None
            if inverse is not None and min(inverse[j, j].rel_accuracy_bits() for j in range(len(C))) >= ENOUGH_BITS:
                return R, inverse
        bits *= 2
        if bits > MOST_BITS:
            raise ArithmeticError(f"the Gram matrix of full rank could not be inverted in {MOST_BITS} bits")


def _variances(fit: RationalFit, inverse: flint.arb_mat | None) -> tuple[Fraction, ...] | None:
    """``s² (C⁻¹)_jj`` for each coefficient, ``s² (1/n + m C⁻¹ m)`` for the intercept, m the means of the columns."""
    variance = fit.residual_variance
    if variance is None:
        return None
    diagonal = [row[j] for j, row in enumerate(fit.centred)]
    with flint.ctx.workprec(4 * ENOUGH_BITS):
        unit = [] if inverse is None else [inverse[j, j] / _arb(each) for j, each in enumerate(diagonal)]
        if fit.has_intercept:
            unit.insert(0, _arb(Fraction(1, fit.moments.n)) + _square_of_means(fit, inverse, diagonal))
        found = [(_arb(variance) * each).mid().fmpq() for each in unit]
    return tuple(Fraction(int(each.p), int(each.q)) for each in found)


def _square_of_means(fit: RationalFit, inverse: flint.arb_mat | None, diagonal: list[Fraction]) -> flint.arb:
    if inverse is None:
        return flint.arb(0)
    sums = zip(fit.moments.x, diagonal, strict=True)
    m = flint.arb_mat(len(diagonal), 1, [_arb(each / fit.moments.n) / _arb(square).sqrt() for each, square in sums])
    return (m.transpose() * inverse * m)[0, 0]


def _norm(A: flint.arb_mat) -> float:
    """The largest eigenvalue of a symmetric positive matrix: of this one float64 gets all digits but the last few."""
    mid = np.array([[float(entry) for entry in row] for row in A.mid().tolist()])
    return float(np.linalg.norm(mid, 2))


def _arb(value: Fraction) -> flint.arb:
    return flint.arb(flint.fmpq(value.numerator, value.denominator))
