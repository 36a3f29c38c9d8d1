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
    standard_errors : tuple of float or None
        The intercept's first where there is one; None where there is no degree of freedom, a penalty, or no full rank.
    """

    condition: float
    standard_errors: tuple[float, ...] | None


def spread(fit: RationalFit) -> Spread:
    """Condition number and standard errors of an exact fit."""
    p = len(fit.coef)
    if fit.rank < fit.n_parameters:
        return Spread(math.inf, None)
    if p == 0:
        return Spread(1.0, _standard_errors(fit, None, []))
    R, inverse = _correlations_and_inverse(fit.centred)
    condition = math.sqrt(_norm(R) * _norm(inverse))
    return Spread(condition, _standard_errors(fit, inverse, [fit.centred[j][j] for j in range(p)]))


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


def _standard_errors(
    fit: RationalFit, inverse: flint.arb_mat | None, diagonal: list[Fraction]
) -> tuple[float, ...] | None:
    variance = fit.residual_variance
    if variance is None:
        return None
    p = len(diagonal)
    with flint.ctx.workprec(256):
        lengths = [_arb(each).sqrt() for each in diagonal]
        unit = [] if inverse is None else [inverse[j, j] / _arb(diagonal[j]) for j in range(p)]
        if fit.has_intercept:
            mean = [_arb(each / fit.moments.n) / length for each, length in zip(fit.moments.x, lengths, strict=True)]
            quadratic = flint.arb(0)
            if inverse is not None:
                m = flint.arb_mat(p, 1, mean)
                quadratic = (m.transpose() * inverse * m)[0, 0]
            unit.insert(0, _arb(Fraction(1, fit.moments.n)) + quadratic)
        return tuple(float((_arb(variance) * each).sqrt().mid()) for each in unit)


def _norm(A: flint.arb_mat) -> float:
    """The largest eigenvalue of a symmetric positive matrix: of this one float64 gets all digits but the last few."""
    mid = np.array([[float(entry) for entry in row] for row in A.mid().tolist()])
    return float(np.linalg.norm(mid, 2))


def _arb(value: Fraction) -> flint.arb:
    return flint.arb(flint.fmpq(value.numerator, value.denominator))
