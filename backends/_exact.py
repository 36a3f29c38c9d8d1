"""The correctly rounded answer of any problem, on NumPy and Python's integers.

`enclosed` is the method of `backends._kernels.exact`, which derives it: exact moments, a float64 factor, residuals
without rounding, and an enclosure that rounds to a single number. Here W comes from a QR of the rows, and all but its
norms is in integers. `rational` decides what no enclosure can: dependent columns, answers of 0, answers halfway between
two numbers.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from backends._augmented import FACTOR_BLOCK, tall_skinny_r
from backends._integers import IntegerMoments, Integers, integer_moments
from backends._rational import rational_solution
from backends._rows import Rows
from backends.base import Fit, Problem

FEW_UNKNOWNS = 12
"""Up to this many, elimination in integers is as fast as a factor and its refinement."""
MOST_UNKNOWNS = 64
"""Beyond, elimination in integers takes minutes."""
BITS = 320
"""Fractional bits of the solution of the scaled problem."""
FACTOR_BITS = 60
"""Bits of the largest element in the row of W whose elements are smallest."""
CERTAIN_BITS = 75
"""A coefficient with an enclosure this many bits narrower than itself needs no further correction."""
MOST_CORRECTIONS = 60


class System(NamedTuple):
    """``G z = c`` in integer multiples of ``2**-bits``; columns have largest elements just below 1, the ones come last.

    ``exponents`` are those of the units of z in the problem's own.
    """

    G: Integers
    c: Integers
    bits: int
    exponents: list[int]


class Factor(NamedTuple):
    """``W`` with ``W G Wᵀ`` near the identity, in integer multiples of ``2**-bits``."""

    W: Integers
    bits: int


def solve_exact(problem: Problem) -> Fit | None:
    """Solve with every number correctly rounded; None where this takes too long or the data are not finite.

    Parameters
    ----------
    problem : Problem
        Float32 or float64; the answer is exact for these numbers.
    """
    moments = integer_moments(problem)
    if moments is None:
        return None
    if problem.X.shape[1] <= FEW_UNKNOWNS:
        return rational(problem, moments)
    return enclosed(problem, moments) or rational(problem, moments)


def rational(problem: Problem, moments: IntegerMoments) -> Fit | None:
    """Solve by elimination in integers; None beyond `MOST_UNKNOWNS`."""
    if problem.X.shape[1] > MOST_UNKNOWNS:
        return None
    coef, intercept, rank = rational_solution(moments, intercept=problem.intercept, l2=problem.l2)
    numbers = [_nearest(each) for each in coef]
    return Fit(np.array(numbers), _nearest(intercept), converged=True, iterations=None, rank=rank)


def enclosed(problem: Problem, moments: IntegerMoments) -> Fit | None:
    """Solve by refinement and an enclosure; None for columns too near dependence, or an undecided rounding."""
    system = _system(problem, moments)
    with np.errstate(all="ignore"):
        factor = _factor(problem, system)
    if factor is None or not _is_inverse(system, factor):
        return None
    z, reach = _corrected(system, factor)
    units = [Fraction(2) ** (k - BITS) for k in system.exponents]
    answer, other = ([_nearest(x * unit) for x, unit in zip(end, units, strict=True)] for end in (z - reach, z + reach))
    if answer != other:
        return None
    p = problem.X.shape[1]
    intercept = answer[p] if problem.intercept else 0.0
    return Fit(np.array(answer[:p]), intercept, converged=True, iterations=None, rank=len(answer))


def _system(problem: Problem, moments: IntegerMoments) -> System:
    G, c, shift = moments.penalised(problem.l2)
    bits, own = moments.bits, [moments.target_exponent - k for k in moments.exponents]
    if not problem.intercept:
        return System(G, c, 2 * bits + shift, own)
    side = moments.sums << (bits + shift)
    corner = np.array([[moments.n << (2 * bits + shift)]], dtype=object)
    G = np.block([[G, side[:, None]], [side[None, :], corner]])
    c = np.append(c, moments.target_sum << (bits + shift))
    return System(G, c, 2 * bits + shift, [*own, moments.target_exponent + bits])


def _factor(problem: Problem, system: System) -> Factor | None:
    """The inverse of the R of a Householder QR of the rows, transposed; None where R is singular."""
    rows = Rows.of(problem)
    blocks = (A for A, *_ in rows.blocks(max(FACTOR_BLOCK, 4 * rows.n_columns**2)))
    R = np.roll(tall_skinny_r(blocks, rows.n_columns), -int(problem.intercept), axis=1)
    scale = np.roll(rows.exponents, -int(problem.intercept))
    # the system's own powers of two are `target - exponents`; a penalty may have given the rows others
    R = np.ldexp(R, [k + rows.target_exponent - e for k, e in zip(system.exponents, scale, strict=True)])
    try:
        W = np.linalg.inv(R).T
    except np.linalg.LinAlgError:
        return None
    largest = np.abs(W).max(axis=1)
    if not (np.isfinite(largest).all() and largest.all()):
        return None
    bits = FACTOR_BITS - int(np.frexp(largest.min())[1])
    whole = [[int(each) for each in row] for row in np.rint(np.ldexp(W, bits)).tolist()]
    return Factor(np.array(whole, dtype=object), bits)


def _is_inverse(system: System, factor: Factor) -> bool:
    """Whether ``|I - W G Wᵀ| <= 1/4`` in the Frobenius norm, without rounding."""
    one = 1 << (system.bits + 2 * factor.bits)
    F = factor.W @ system.G @ factor.W.T - one * np.eye(len(system.c), dtype=int).astype(object)
    return bool(16 * (F * F).sum() <= one * one)


def _corrected(system: System, factor: Factor) -> tuple[Integers, Integers]:
    """The solution in units of ``2**-BITS``, and a bound of each unknown's error."""
    W, shift = factor.W, system.bits + 2 * factor.bits
    lengths = np.array([math.isqrt(each) + 1 for each in (W * W).sum(axis=0)], dtype=object)
    z, before = np.array([0] * len(system.c), dtype=object), None
    for _ in range(MOST_CORRECTIONS):
        q = W @ ((system.c << BITS) - system.G @ z)
        length = math.isqrt((q * q).sum()) + 1
        reach: Integers = np.asarray((lengths * length * 4 // 3 >> shift) + 1, dtype=object)
        if (reach << CERTAIN_BITS <= abs(z)).all() or (before is not None and 2 * length > before):
            break
        before = length
        z = z + (W.T @ q >> shift)
    return z, reach


def _nearest(value: Fraction) -> float:
    try:
        return value.numerator / value.denominator  # dividing two integers rounds once
    except OverflowError:
        return math.copysign(math.inf, value)
