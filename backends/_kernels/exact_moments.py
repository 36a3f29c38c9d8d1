"""Moments without rounding: columns cut into slices of few bits, whose products add up exactly in float64.

A power of two scales each column to a largest element of at most 1. Slice k is a multiple of ``2**(-22 k)`` with at
most 23 bits. A product of two slices has at most 44 bits and a sign, and 128 of them add up in any order without
rounding, so that sums may use the whole vector unit. Sums over blocks are kept in two float64 each, which are exact for
up to 2**24 rows. The slices must hold every value completely: four hold columns that span 88 bits, eight 176.
Reference: `backends._integers.integer_moments`.

For K slices, p features and n rows: K² n (p + 1)(p + 2) flops.

References
----------
S. M. Rump, T. Ogita, S. Oishi, "Accurate floating-point summation I", SIAM J. Sci. Comput. 31 (2008) 189-224,
algorithms 3.2 (extraction by a constant) and 3.5 (the next power of two).
K. Ozaki, T. Ogita, S. Oishi, S. M. Rump, "Error-free transformations of matrix multiplication by using fast routines
of matrix multiplication", Numer. Algorithms 59 (2012) 95-118.
"""

from backends._kernels.double_double import LANES, two_prod, two_sum
from backends._kernels.exact_space import COMPONENTS, ExactSpace
from backends._kernels.language import Pointer, at, strict
from backends._kernels.moments import accumulate, dots, total
from backends._kernels.space import Rows

SLICE = 2.0**-22
FIRST = 1.5 * 2.0**30
"""Adding this to a number of at most 1, and subtracting it again, rounds the number to a multiple of 2**-22."""
LEAST_SCALE, MOST_SCALE = 2.0**-200, 2.0**200


@strict
def next_power(x: float) -> float:
    """The least power of two that is at least ``x > 0``; 0 or not finite if x is."""
    q = x * 2.0**53
    power = abs((q + x) - q)
    return power if power > 0 else x


@strict
def find_scales(data: Rows, space: ExactSpace) -> int:
    """Find the powers of two; 0 where a column is zero, or so large or small that squares may leave the range."""
    n, p, scale = data.n, data.p, space.scale
    for j in range(p + 1):
        scale[j] = 0.0
    for i in range(n):
        x = at(data.X, i * p)
        for j in range(p):
            scale[j] = max(scale[j], abs(x[j]))
        scale[p] = max(scale[p], abs(data.y[i]))
    for j in range(p + 1):
        scale[j] = 1.0 / next_power(scale[j])
        if not LEAST_SCALE <= scale[j] <= MOST_SCALE:
            return 0
    return 1


@strict
def cut(x: Pointer, stride: int, rows: int, scale: float, slices: int, into: Pointer, left: Pointer) -> int:
    """Cut numbers into slices, `LANES` apart; 0 where the slices do not hold a number completely."""
    for k in range(rows):
        left[k] = x[k * stride] * scale
    constant = FIRST
    for _ in range(slices):
        for k in range(rows):
            high = (left[k] + constant) - constant
            into[k] = high
            left[k] -= high
        into = at(into, LANES)
        constant *= SLICE
    whole = 1
    for k in range(rows):
        whole &= left[k] == 0.0  # false for NaN
    return whole


@strict
def add_pair(a: Pointer, b: Pointer, rows: int, slices: int, sums: Pointer) -> None:
    """Add the products of two columns' slices to the sums by order."""
    errors = at(sums, 2 * slices)
    for k in range(slices):
        for i in range(0, slices, 4):
            q, r, s, t = dots(at(a, k * LANES), at(b, i * LANES), rows)
            accumulate(sums, errors, k + i, q)
            accumulate(sums, errors, k + i + 1, r)
            accumulate(sums, errors, k + i + 2, s)
            accumulate(sums, errors, k + i + 3, t)


@strict
def exact_moments(data: Rows, slices: int, space: ExactSpace) -> int:
    """Sums for every pair of columns, the target last, without the ones with themselves; 0 if slices are too few.

    Pair (j, i), j <= i, is at ``j * (p + 1) + i``; the column of ones with column i is at ``p * (p + 1) + i``.
    """
    n, p, T, sums = data.n, data.p, space.T, space.sums
    m, width, each = p + 1, slices * LANES, 4 * slices
    left = at(T, m * width)
    for i in range(m * m * each):
        sums[i] = 0.0
    for first in range(0, n, LANES):
        rows = min(LANES, n - first)
        for j in range(p):
            if not cut(at(data.X, first * p + j), p, rows, space.scale[j], slices, at(T, j * width), left):
                return 0
        if not cut(at(data.y, first), 1, rows, space.scale[p], slices, at(T, p * width), left):
            return 0
        for j in range(p):
            for i in range(j, m):
                add_pair(at(T, j * width), at(T, i * width), rows, slices, at(sums, (j * m + i) * each))
        for i in range(data.intercept * m):
            ones = at(sums, (p * m + i) * each)
            for k in range(slices):
                accumulate(ones, at(ones, 2 * slices), k, total(at(T, i * width + k * LANES), rows))
    return 1


@strict
def distil(terms: Pointer, count: int, components: int) -> int:
    """Turn terms into ``components`` terms of decreasing size with the same sum; 0 where more are needed.

    Each pass of two-sums leaves the rounded sum in front and errors behind (Ogita, Rump and Oishi 2005, VecSum).
    """
    for first in range(components):
        for k in range(count - 1, first, -1):
            terms[k - 1], terms[k] = two_sum(terms[k - 1], terms[k])
    for k in range(components, count):
        if terms[k] != 0.0:
            return 0
    return 1


@strict
def assemble(data: Rows, slices: int, space: ExactSpace) -> int:
    """The normal equations of the scaled columns, the ones last, as planes of components."""
    p, m, u, terms = data.p, data.p + 1, data.p + data.intercept, space.terms
    penalty, rest = two_prod(float(data.n), data.l2)
    for j in range(p):
        for i in range(j, m):
            gather(space, j * m + i, slices)
            if i == j:
                terms[2 * slices - 1] = penalty * space.scale[j] * space.scale[j]
                terms[4 * slices - 1] = rest * space.scale[j] * space.scale[j]
            if not place(space, slices, j, i if i < p else u, u):
                return 0
    for i in range(data.intercept * m):
        gather(space, p * m + i, slices)
        if not place(space, slices, p, i if i < p else u, u):
            return 0
    if data.intercept:
        for k in range(COMPONENTS):
            terms[k] = float(data.n) if k == 0 else 0.0
        store(terms, space.G, u * u - 1, u * u)
    return 1


@strict
def gather(space: ExactSpace, pair: int, slices: int) -> None:
    """The sums of a pair of columns as terms; one in each half is unused."""
    for k in range(4 * slices):
        space.terms[k] = space.sums[pair * 4 * slices + k]


@strict
def place(space: ExactSpace, slices: int, j: int, i: int, u: int) -> int:
    """Distil the terms into element (j, i) of G, or of c if i is u; 0 where the components do not suffice."""
    if not distil(space.terms, 4 * slices, COMPONENTS):
        return 0
    if i == u:
        store(space.terms, space.c, j, u)
    else:
        store(space.terms, space.G, j * u + i, u * u)
        store(space.terms, space.G, i * u + j, u * u)
    return 1


@strict
def store(terms: Pointer, planes: Pointer, element: int, size: int) -> None:
    """Store components in their planes."""
    for k in range(COMPONENTS):
        planes[k * size + element] = terms[k]
