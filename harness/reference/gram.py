"""Exact Gram matrices of float64 columns, at the speed of matrix products.

Each column is an integer multiple of a power of two, and every integer is cut into limbs of 20 bits:
``z = sum_k limb_k * 2**(20 k)``. A product of two limbs has at most 40 bits, and 8192 of them sum to at most 53, so a
float64 matrix product of limbs over a block of rows is exact whatever the order of its sums. This is the error-free
transformation of a matrix product of Ozaki, Ogita, Oishi and Rump (Numerical Algorithms 59, 2012), with limbs of a
fixed width. Blocks are added in 64-bit integers, and limbs are combined in Python integers.

With weights the sums are over ``w z_j z_k``. Each product ``w z_k`` is an exact sum of two float64, which are cut into
limbs as well; the matrix product is then of the limbs of z with those of ``w z``.

Rows are processed in pieces, each with limbs of its own, and the exact matrices of the pieces are added: the sum is the
same to the last bit whatever the number and order of the rows, on disk or on several hosts. The memory needed is that
of a block and of a few matrices of shape (n_features, n_features).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import flint
import numpy as np
from numpy.typing import NDArray

from backends._double_double import two_prod
from backends.base import Array
from harness.kept import KeptPass, folded
from harness.passes import Watch, steps, unwatched
from harness.reference.rationals import scaled, to_fraction

Float64 = NDArray[np.float64]

LIMB_BITS = 20
BLOCK_ROWS = 1 << (53 - 2 * LIMB_BITS)
PIECE_ROWS = BLOCK_ROWS << 6
"""Rows per piece. A piece is read twice, first for the range of its bits, so it must be small enough to stay in memory.
Their 64 blocks, each of sums below 2**53, are added in 64 bits."""


@dataclass(frozen=True)
class ExactGram:
    """Sums of products of integer columns ``z_j``, where column j of the data is ``z_j * 2**exponent_j``.

    Weights are integers times an even power of two, half of whose exponent is in each column's exponent.
    """

    products: list[list[int]]
    """``products[j][k] = sum_i z_ij z_ik`` over all columns, that of ones last; with weights, of ``w_i z_ij z_ik``."""
    exponents: list[int]
    """The powers of two; 0 for the column of ones without weights."""
    n_samples: int
    """Number of rows; with weights, of rows of positive weight."""

    def value(self, j: int, k: int) -> Fraction:
        """The sum of products of columns j and k of the data."""
        return to_fraction(self.rational(j, k))

    def rational(self, j: int, k: int) -> flint.fmpq:
        """The same as FLINT's rational, which is faster."""
        return scaled(self.products[j][k], self.exponents[j] + self.exponents[k])

    @cached_property
    def matrix(self) -> flint.fmpz_mat:
        """The products as an integer matrix of FLINT."""
        return flint.fmpz_mat(self.products)

    @property
    def weight(self) -> Fraction:
        """The sum of the weights; the number of rows without weights."""
        return self.value(-1, -1)

    def __add__(self, other: "ExactGram") -> "ExactGram":
        """The Gram matrix of the rows of both, which have the same columns."""
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


def exact_gram(
    X: Array,
    y: Array,
    weights: Float64 | None = None,
    *,
    watch: Watch = unwatched,
    sums: KeptPass[ExactGram | None] | None = None,
) -> ExactGram:
    """The exact sums of products of all pairs of columns of ``[X y 1]``, piece by piece.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Float32 or float64, finite.
    y : ndarray of shape (n_samples,)
    weights : ndarray of shape (n_samples,), optional
        Of the rows, finite and at least 0.
    watch : callable, optional
        Called with the progress of the pass.
    sums : KeptPass, optional
        Saves partial sums, so that an interrupted pass is resumed.

    Returns
    -------
    ExactGram
        Over ``n_features + 2`` columns.
    """
    of_rows = _of_rows(X, y, weights)
    row_bytes = X.itemsize * (X.shape[1] + 1)

    def parts(first: int) -> Iterator[slice]:
        return steps("exact sums", len(y), PIECE_ROWS, row_bytes, watch, first=first)

    return summed(parts, of_rows, sums) or of_rows(slice(0, 0))


def summed(
    parts: Callable[[int], Iterator[slice]],
    of_rows: Callable[[slice], ExactGram],
    sums: KeptPass[ExactGram | None] | None = None,
) -> ExactGram | None:
    """The Gram matrix of all rows, in a pass over parts of them (see `harness.kept.folded`); None without parts."""

    def add(total: ExactGram | None, rows: slice) -> ExactGram:
        piece = of_rows(rows)
        return piece if total is None else total + piece

    return folded(parts, add, None, sums)


def _of_rows(X: Array, y: Array, weights: Float64 | None) -> Callable[[slice], ExactGram]:
    """A function that computes the Gram matrix of a range of rows."""
    if weights is None:
        return lambda rows: _gram_of_piece(X[rows], y[rows])
    lowest, highest = column_exponents(weights)
    unit = _Unit(lowest - lowest % 2, highest)
    return lambda rows: _weighted_gram_of_piece(X[rows], y[rows], weights[rows], unit)


def _gram_of_piece(X: Array, y: Array) -> ExactGram:
    n, p = X.shape
    lowest, highest = _exponents(X, y)
    limbs = [*map(limb_count, lowest, highest), 1]
    starts = _starts(limbs)
    total = np.zeros((starts[-1], starts[-1]), dtype=np.int64)
    cut = np.ones((min(n, BLOCK_ROWS), starts[-1]))
    for row in range(0, n, BLOCK_ROWS):
        block = slice(row, min(n, row + BLOCK_ROWS))
        height = block.stop - block.start
        for j in range(p + 1):
            column = X[block, j] if j < p else y[block]
            cut_into_limbs(column.astype(np.float64), 0, lowest[j], cut[:height, starts[j] : starts[j + 1]])
        total += (cut[:height].T @ cut[:height]).astype(np.int64)
    return ExactGram(_combined(total, starts, starts), [*lowest, 0], n)


class _Unit(NamedTuple):
    """All weights are integers times ``2**lowest``, an even power, and below ``2**highest``."""

    lowest: int
    highest: int


def _weighted_gram_of_piece(X: Array, y: Array, weights: Float64, unit: _Unit) -> ExactGram:
    """As `_gram_of_piece`, with products of the columns' limbs and the weighted columns' limbs.

    A weighted column is a sum of two parts, whose limbs are added: these may be a bit longer, so a block has half the
    rows.
    """
    n, p = X.shape
    lowest, highest = _exponents(X, y)
    lowest, highest = [*lowest, 0], [*highest, 1]
    starts = _starts([*map(limb_count, lowest, highest)])
    right = _starts(
        [limb_count(low + unit.lowest, high + unit.highest) for low, high in zip(lowest, highest, strict=True)]
    )
    total = np.zeros((starts[-1], right[-1]), dtype=np.int64)
    for row in range(0, n, BLOCK_ROWS // 2):
        block = slice(row, min(n, row + BLOCK_ROWS // 2))
        height = block.stop - block.start
        w, power = np.frexp(weights[block])
        cut, weighted = np.empty((height, starts[-1])), np.empty((height, right[-1]))
        for j, low in enumerate(lowest):
            column = X[block, j] if j < p else y[block] if j == p else np.ones(height)
            z, exponent = np.frexp(column.astype(np.float64))
            cut_into_limbs(z, exponent, low, cut[:, starts[j] : starts[j + 1]])
            mine = weighted[:, right[j] : right[j + 1]]
            rest = np.empty_like(mine)
            for part, out in zip(two_prod(w, z), (mine, rest), strict=True):
                cut_into_limbs(part, power + exponent, low + unit.lowest, out)
            mine += rest
        total += (cut.T @ weighted).astype(np.int64)
    exponents = [low + unit.lowest // 2 for low in lowest]
    return ExactGram(_combined(total, starts, right), exponents, int(np.count_nonzero(weights)))


def limb_count(lowest: int, highest: int) -> int:
    """Number of limbs of integers whose bits run from ``2**lowest`` to below ``2**highest``."""
    return max(1, -(-(highest - lowest) // LIMB_BITS))


def _starts(limbs: list[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(limbs)])


def _exponents(X: Array, y: Array) -> tuple[list[int], list[int]]:
    """For each column, the exponent of its lowest bit, and one above that of its highest."""
    ranges = [column_exponents(column) for column in (*X.T, y)]
    return [low for low, _ in ranges], [high for _, high in ranges]


def column_exponents(column: Array) -> tuple[int, int]:
    """The exponent of a column's lowest bit, and one above that of its highest; 0 and 1 for a column of zeros."""
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


def cut_into_limbs(values: Float64, exponent: NDArray[np.int32] | int, lowest: int, limbs: Float64) -> None:
    """Cut ``values * 2**exponent`` into limbs exactly, from the top: each step takes the leading bits of a float64.

    Mantissa and exponent are kept apart, because the values may be out of float64's range.
    """
    rest = values
    for k in reversed(range(limbs.shape[1])):
        mantissa, more = np.frexp(rest)
        exponent = exponent + more
        # The remainder is below 2**(unit + LIMB_BITS); in units of 2**unit, its integer part is this limb.
        unit = lowest + LIMB_BITS * k
        shift = np.clip(exponent - unit, -60, LIMB_BITS)
        limb = np.trunc(np.ldexp(mantissa, shift))
        limbs[:, k] = limb
        rest = mantissa - np.ldexp(limb, -shift)


def _combined(total: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64]) -> list[list[int]]:
    """Products of columns from those of their limbs; column j's limbs begin at ``left[j]`` and ``right[j]``."""
    columns = len(left) - 1
    products = [[0] * columns for _ in range(columns)]
    for j in range(columns):
        for k in range(j + 1):
            part = total[left[j] : left[j + 1], right[k] : right[k + 1]].tolist()
            value = sum(each << (LIMB_BITS * (a + b)) for a, row in enumerate(part) for b, each in enumerate(row))
            products[j][k] = products[k][j] = value
    return products
