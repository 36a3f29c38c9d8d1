"""Standard errors and the condition number, from the inverse of the Gram matrix in ball arithmetic.

The exact inverse of a large matrix has entries of many thousand digits. Balls (Arb: numbers with a rigorous error
bound) carry only as many as needed: the precision is doubled until the bounds are far below a float64's last bit.
"""

import math
from fractions import Fraction
from typing import NamedTuple

import flint
import numpy as np
from numpy.typing import NDArray

from harness.reference.rational import Matrix, RationalFit
from harness.reference.rationals import of_fraction, to_fraction

Float64 = NDArray[np.float64]

ENOUGH_BITS = 128
MOST_BITS = 1 << 14

LARGEST = 1e300
"""Largest entry of an inverse in float64; a matrix with a larger one is scaled down to it."""

WELL_CONDITIONED = 1e8
"""Condition number up to which float64 inverts a matrix of unit diagonal to half its digits."""


class Spread(NamedTuple):
    """Condition number and standard errors of a fit."""

    condition: float
    """Ratio of the largest to the smallest singular value of the design with columns of unit length, centred first with
    an intercept; inf where the columns are dependent, 1 where there are none."""
    variances: tuple[Fraction, ...] | None
    """Squared standard errors to `ENOUGH_BITS` bits, the intercept's first where there is one; None where there is no
    degree of freedom or no full rank."""
    inverse: Float64 | None
    """Of shape (n_features, n_features), of the (centred) Gram matrix divided by the lengths of its columns, in
    float64; None without full rank."""


def spread(fit: RationalFit) -> Spread:
    """Condition number and standard errors of an exact fit."""
    p = len(fit.coef)
    if fit.rank < fit.n_parameters:
        return Spread(math.inf, None, None)
    if p == 0:
        with flint.ctx.workprec(4 * ENOUGH_BITS):
            variances = _variances(fit, None)
            return Spread(
                1.0, None if variances is None else tuple(_middle(each) for each in variances), np.zeros((0, 0))
            )
    bits = 2 * ENOUGH_BITS
    while bits <= MOST_BITS:
        with flint.ctx.workprec(bits):
            found = _enclosed(fit)
        if found is not None:
            return found
        bits *= 2
    raise ArithmeticError(f"the Gram matrix of full rank could not be inverted in {MOST_BITS} bits")


def _enclosed(fit: RationalFit) -> Spread | None:
    """The result at the precision in force; None where a bound is too wide."""
    R = _correlations(fit.centred)
    try:
        inverse = R.inv()
    except ZeroDivisionError:
        return None
    variances = _variances(fit, inverse)
    balls = [*(inverse[j, j] for j in range(len(fit.coef))), *(variances or ())]
    if any(not each.is_zero() and each.rel_accuracy_bits() < ENOUGH_BITS for each in balls):
        return None
    largest, unit = _in_float64(inverse)
    one, R_unit = _in_float64(R)
    condition = float((one * _norm(R_unit) * largest * _norm(unit)).sqrt())
    middles = None if variances is None else tuple(_middle(each) for each in variances)
    return Spread(condition, middles, unit * min(float(largest), LARGEST))


def unit_inverse(A: Matrix) -> Float64:
    """The inverse of a regular Gram matrix divided by the lengths of its columns, in float64.

    Computed in balls where float64 would lose more than half its digits.
    """
    if not A:
        return np.zeros((0, 0))
    bits = 2 * ENOUGH_BITS
    while bits <= MOST_BITS:
        with flint.ctx.workprec(bits):
            R = _correlations(A)
            _, unit = _in_float64(R)
            if np.linalg.cond(unit) <= WELL_CONDITIONED:
                return np.asarray(np.linalg.inv(unit), dtype=np.float64)
            found = _ball_inverse(R)
        if found is not None:
            return found
        bits *= 2
    raise ArithmeticError(f"the Gram matrix of full rank could not be inverted in {MOST_BITS} bits")


def _ball_inverse(R: flint.arb_mat) -> Float64 | None:
    try:
        inverse = R.inv()
    except ZeroDivisionError:
        return None
    if any(inverse[j, j].rel_accuracy_bits() < ENOUGH_BITS for j in range(R.nrows())):
        return None
    largest, unit = _in_float64(inverse)
    return unit * min(float(largest), LARGEST)


def _correlations(C: Matrix) -> flint.arb_mat:
    """``D C D``, with D diagonal such that the diagonal is 1."""
    lengths = [_arb(C[j][j]).sqrt() for j in range(len(C))]
    return flint.arb_mat(
        [[_arb(c) / (s * t) for c, t in zip(row, lengths, strict=True)] for row, s in zip(C, lengths, strict=True)]
    )


def _variances(fit: RationalFit, inverse: flint.arb_mat | None) -> list[flint.arb] | None:
    """``s² (C⁻¹)_jj`` for each coefficient, ``s² (1/n + m C⁻¹ m)`` for the intercept, m the means of the columns.

    With weights, n is their sum, and s² the variance of a row of weight 1.
    """
    variance = fit.residual_variance
    if variance is None:
        return None
    diagonal = [row[j] for j, row in enumerate(fit.centred)]
    unit = [] if inverse is None else [inverse[j, j] / _arb(each) for j, each in enumerate(diagonal)]
    if fit.has_intercept:
        # The sum may cancel by as much as the condition number, so its own error bound must be checked too.
        unit.insert(0, _arb(1 / fit.moments.weight) + _square_of_means(fit, inverse, diagonal))
    return [_arb(variance) * each for each in unit]


def _square_of_means(fit: RationalFit, inverse: flint.arb_mat | None, diagonal: list[Fraction]) -> flint.arb:
    if inverse is None:
        return flint.arb(0)
    sums = zip(fit.moments.x, diagonal, strict=True)
    m = flint.arb_mat(
        len(diagonal), 1, [_arb(each / fit.moments.weight) / _arb(square).sqrt() for each, square in sums]
    )
    return (m.transpose() * inverse * m)[0, 0]


def _in_float64(A: flint.arb_mat) -> tuple[flint.arb, Float64]:
    """A symmetric positive definite matrix as its largest entry, which may exceed float64's range, times the rest."""
    largest = max((A[j, j].mid() for j in range(A.nrows())), key=lambda ball: ball.fmpq())
    entries = [float((each / largest).mid()) for each in A.entries()]
    return largest, np.array(entries).reshape(A.nrows(), A.ncols())


def _norm(A: Float64) -> float:
    """The largest eigenvalue of a symmetric positive definite matrix, which float64 gets to all but a few digits."""
    return float(np.linalg.norm(A, 2))


def _arb(value: Fraction) -> flint.arb:
    return flint.arb(of_fraction(value))


def _middle(ball: flint.arb) -> Fraction:
    return to_fraction(ball.mid().fmpq())
