"""Moments as integers: the columns of a problem in fixed point, and their products without rounding.

A column is cut into slices of 22 bits. Products of two slices add up exactly in float64 over `BLOCK` rows, in whatever
order a BLAS takes them, and over blocks in int64. So matrix products give the Gram matrix of the columns in integers of
any length (K. Ozaki, T. Ogita, S. Oishi, S. M. Rump, "Error-free transformations of matrix
multiplication by using fast routines of matrix multiplication", Numer. Algorithms 59 (2012) 95-118).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.base import Problem

Float64 = NDArray[np.float64]
Integers = NDArray[np.object_]
"""Python integers, of any length."""

SLICE_BITS = 22
BLOCK = 256
"""Rows over which products of two slices, of 44 bits, add up to fewer than 2**53."""
BLOCKS = 1024
"""Number of such sums whose total fits an int64."""
HIGHEST = 900
"""Columns are scaled to this exponent, which keeps the cutting constant and small values in float64's range."""


@dataclass(frozen=True, eq=False)
class IntegerMoments:
    """Moments of the columns, whose values are integers times ``2**exponent`` of the column."""

    G: Integers
    """Of shape (n_features, n_features)."""
    c: Integers
    """Of shape (n_features,). With the target."""
    sums: Integers
    """Of shape (n_features,)."""
    target_sum: int
    n: int
    exponents: list[int]
    target_exponent: int
    bits: int
    """The integers of a column have at most ``bits + 1`` bits."""

    def penalised(self, l2: float) -> tuple[Integers, Integers, int]:
        """``G`` with ``n * l2`` added to its diagonal, and ``c``, both times a power of two; and its exponent."""
        weight = self.n * Fraction(l2)
        if not weight:
            return self.G, self.c, 0
        own = [weight / Fraction(2) ** (2 * k) for k in self.exponents]
        shift = max(each.denominator.bit_length() - 1 for each in own)
        G, c = self.G << shift, self.c << shift
        for j, each in enumerate(own):
            G[j, j] += int(each * 2**shift)
        return G, c, shift


def integer_moments(problem: Problem) -> IntegerMoments | None:
    """The moments; None where values are not finite, or a column spans a range such as 1e300 to 1e-100."""
    columns = [np.asarray(column, dtype=np.float64) for column in [*problem.X.T, problem.y]]
    fixed = [_fixed_point(column) for column in columns]
    found = [each for each in fixed if each is not None]
    if len(found) < len(fixed):
        return None
    slices = [own for own, _ in found]
    most = max(map(len, slices))
    # slice k of all columns side by side, in units of 2**-22, 2**-44, …; the column of ones has one slice
    n, m = len(problem.y), len(slices) + 1
    wide = np.zeros((n, most, m))
    for j, own in enumerate(slices):
        for k, one in enumerate(own):
            wide[:, k, j] = one
    wide[:, 0, -1] = 1.0
    whole = _gathered(_products(wide.reshape(n, most * m)), most, m)
    y, ones = m - 2, m - 1
    # a column's integers count units of its last slice; the ones are in the first
    bits = SLICE_BITS * most
    *exponents, target = [exponent - bits for _, exponent in found]
    sums = whole[:, ones] >> (bits - SLICE_BITS)
    return IntegerMoments(whole[:y, :y], whole[:y, y], sums[:y], sums[y], n, exponents, target, bits)


def _fixed_point(column: Float64) -> tuple[list[Float64], int] | None:
    """Slices, integers of at most 22 bits and a sign; and the exponent of the least power of two above all values."""
    largest = float(np.abs(column).max(initial=0.0))
    if not np.isfinite(largest):
        return None
    exponent = int(np.frexp(largest)[1])
    rest = np.ldexp(column, HIGHEST - exponent)
    if (np.ldexp(rest, exponent - HIGHEST) != column).any():
        return None
    slices: list[Float64] = []
    while rest.any() or not slices:
        place = HIGHEST - SLICE_BITS * (len(slices) + 1)
        constant = np.ldexp(1.5, 52 + place)
        high = (rest + constant) - constant
        slices.append(np.ldexp(high, -place))
        rest = rest - high
    return slices, exponent


def _products(wide: Float64) -> Integers:
    """``wide.T @ wide`` as integers."""
    size = wide.shape[1]
    whole = np.zeros((size, size), dtype=object)
    part, held = np.zeros((size, size), dtype=np.int64), 0
    for first in range(0, len(wide), BLOCK):
        rows = wide[first : first + BLOCK]
        part += (rows.T @ rows).astype(np.int64)
        held += 1
        if held == BLOCKS:
            whole += part.astype(object)
            part[:], held = 0, 0
    return np.asarray(whole + part.astype(object), dtype=object)


def _gathered(products: Integers, slices: int, m: int) -> Integers:
    """Products of columns, from the products of their slices."""
    blocks: Any = products.reshape(slices, m, slices, m)
    total = np.zeros((m, m), dtype=object)
    for order in range(2 * slices - 1):
        total <<= SLICE_BITS
        for k in range(max(0, order - slices + 1), min(order, slices - 1) + 1):
            total += blocks[k, :, order - k, :]
    return total
