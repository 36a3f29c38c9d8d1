"""Exact Gram matrices of float64 columns, at the speed of matrix products.

Each column is an integer multiple of a power of two, and every integer is cut into limbs of 20 bits:
``z = sum_k limb_k * 2**(20 k)``. A product of two limbs has at most 40 bits, and 8192 of them sum to at most 53, so a
float64 matrix product of limbs over a block of rows is exact whatever the order of its sums. This is the error-free
transformation of a matrix product of Ozaki, Ogita, Oishi and Rump (Numerical Algorithms 59, 2012), with limbs of a
fixed width. The blocks are added in 64-bit integers, the limbs put together in Python's.

Rows are taken a piece at a time, each piece with limbs of its own, and the exact matrices of the pieces are added: the
rows may be of any number and in any order, on disk or on several hosts, and the sum is the same to the last bit. The
memory is that of a block and of a few matrices of shape (n_features, n_features).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import add

import flint
import numpy as np
from numpy.typing import NDArray

from backends.base import Array
from harness.reference.rationals import scaled, to_fraction

Float64 = NDArray[np.float64]

LIMB_BITS = 20
BLOCK_ROWS = 1 << (53 - 2 * LIMB_BITS)
PIECE_ROWS = BLOCK_ROWS << 6
"""Rows that are looked at twice, once for the range of their bits: few enough to be still in memory the second time.
Their 64 blocks, each of sums below 2**53, are added in 64 bits."""


@dataclass(frozen=True)
class ExactGram:
    """Sums of products of integer columns ``z_j``, where column j of the data is ``z_j * 2**exponent_j``.

    Attributes
    ----------
    products : list of list of int
        ``products[j][k] = sum_i z_ij z_ik`` over all columns, the column of ones last.
    exponents : list of int
        The powers of two; 0 for the column of ones.
    n_samples : int
    """

    products: list[list[int]]
    exponents: list[int]
    n_samples: int

    def value(self, j: int, k: int) -> Fraction:
        """The sum of products of columns j and k of the data themselves."""
        return to_fraction(self.rational(j, k))

    def rational(self, j: int, k: int) -> flint.fmpq:
        """The same, for arithmetic in a hurry."""
        return scaled(self.products[j][k], self.exponents[j] + self.exponents[k])

    def __add__(self, other: "ExactGram") -> "ExactGram":
        """That of the rows of both, of the same columns."""
        columns = range(len(self.exponents))
        exponents = [
            min([each.exponents[j] for each in (self, other) if each.products[j][j]], default=0) for j in columns
        ]
        mine, theirs = (
            [each.exponents[j] - exponents[j] if each.products[j][j] else 0 for j in columns] for each in (self, other)
        )
        products = [
            [
                (self.products[j][k] << mine[j] + mine[k]) + (other.products[j][k] << theirs[j] + theirs[k])
                for k in columns
            ]
            for j in columns
        ]
        return ExactGram(products, exponents, self.n_samples + other.n_samples)


def exact_gram(X: Array, y: Array) -> ExactGram:
    """The exact products of all pairs of columns of ``[X y 1]``, read once and piece by piece.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Float32 or float64, finite.
    y : ndarray of shape (n_samples,)

    Returns
    -------
    ExactGram
        Over ``n_features + 2`` columns.
    """
    starts = range(0, len(y), PIECE_ROWS) or [0]
    return exact_sum(_gram_of_piece(X[row : row + PIECE_ROWS], y[row : row + PIECE_ROWS]) for row in starts)


def exact_sum(grams: Iterable[ExactGram]) -> ExactGram:
    """The Gram matrix of all rows, from those of some of them each, in any order; at least one."""
    return reduce(add, grams)


def _gram_of_piece(X: Array, y: Array) -> ExactGram:
    n, p = X.shape
    lowest, highest = _exponents(X, y)
    limbs = [max(1, -(-(high - low) // LIMB_BITS)) for low, high in zip(lowest, highest, strict=True)]
    limbs.append(1)
    starts = np.concatenate([[0], np.cumsum(limbs)])
    total = np.zeros((starts[-1], starts[-1]), dtype=np.int64)
    cut = np.ones((min(n, BLOCK_ROWS), starts[-1]))
    for row in range(0, n, BLOCK_ROWS):
        block = slice(row, min(n, row + BLOCK_ROWS))
        height = block.stop - block.start
        for j in range(p + 1):
            column = X[block, j] if j < p else y[block]
            cut_into_limbs(column.astype(np.float64), lowest[j], cut[:height, starts[j] : starts[j + 1]])
        total += (cut[:height].T @ cut[:height]).astype(np.int64)
    return ExactGram(_put_together(total, limbs, starts), [*lowest, 0], n)


def _exponents(X: Array, y: Array) -> tuple[list[int], list[int]]:
    """For each column the power of two of its lowest bit, and one above its highest."""
    lowest, highest = [], []
    for j in range(X.shape[1] + 1):
        column = X[:, j] if j < X.shape[1] else y
        low, high = column_exponents(column)
        lowest.append(low)
        highest.append(high)
    return lowest, highest


def column_exponents(column: Array) -> tuple[int, int]:
    """The power of two of a column's lowest bit, and one above its highest; 0 and 1 of a column of zeros."""
    low, high = None, None
    for row in range(0, len(column), BLOCK_ROWS):
        values = column[row : row + BLOCK_ROWS].astype(np.float64)
        values = values[values != 0]
        if not len(values):
            continue
        mantissa, exponent = np.frexp(values)
        integer = np.abs(np.ldexp(mantissa, 53)).astype(np.int64)
        trailing = np.log2(integer & -integer).astype(np.int64)
        block_low = int((exponent - 53 + trailing).min())
        low = block_low if low is None else min(low, block_low)
        high = int(exponent.max()) if high is None else max(high, int(exponent.max()))
    return (0, 1) if low is None or high is None else (low, high)


def cut_into_limbs(values: Float64, lowest: int, limbs: Float64) -> None:
    """Cut values into limbs from the top; every step is exact, as each takes the leading bits off a float64.

    Mantissa and exponent go apart, because powers of two this far apart would leave the range of float64.
    """
    count = limbs.shape[1]
    mantissa, exponent = np.frexp(values)
    for k in reversed(range(count)):
        # What is left is below 2**(unit + LIMB_BITS); in that unit its integer part is this limb.
        unit = lowest + LIMB_BITS * k
        shift = np.clip(exponent - unit, -60, LIMB_BITS)
        limb = np.trunc(np.ldexp(mantissa, shift))
        limbs[:, k] = limb
        rest = mantissa - np.ldexp(limb, -shift)
        mantissa, more = np.frexp(rest)
        exponent = exponent + more


def _put_together(total: NDArray[np.int64], limbs: list[int], starts: NDArray[np.int64]) -> list[list[int]]:
    columns = len(limbs)
    products = [[0] * columns for _ in range(columns)]
    for j in range(columns):
        for k in range(j + 1):
            part = total[starts[j] : starts[j + 1], starts[k] : starts[k + 1]].tolist()
            value = sum(part[a][b] << (LIMB_BITS * (a + b)) for a in range(limbs[j]) for b in range(limbs[k]))
            products[j][k] = products[k][j] = value
    return products
