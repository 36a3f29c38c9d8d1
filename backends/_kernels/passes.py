"""Passes over the rows for the gradient at a solution: plain, and in twice the working precision.

Both end with ``g_j = Σ r x_j`` and, last, ``Σ r``, with ``r = y - x·b - a``. Plain: 4 n (p + 1) flops. In twice the
precision: 25 n (p + 1) flops, all of them on whole vectors. 8 n (p + 1) bytes are read in either case.
Reference: `backends._double_double.residual` and `gradient`.
"""

from backends._kernels.double_double import LANES, add_product, gathered, two_prod, two_sum
from backends._kernels.language import Pointer, at, strict
from backends._kernels.moments import accumulate, dot, load_block, total
from backends._kernels.space import Rows, Space


@strict
def plain_gradient(data: Rows, space: Space, b: Pointer, held: int) -> None:
    """The gradient at b, of p + 1 numbers, the intercept after the shift last; ``held`` if T has all shifted rows."""
    n, p, T, g = data.n, data.p, space.T, space.g
    errors, r = at(g, p + 1), at(T, p * LANES)
    for j in range(2 * (p + 1)):
        g[j] = 0.0
    for first in range(0, n, LANES):
        rows = min(LANES, n - first)
        if not held:
            load_block(data, first, rows, space)
        for k in range(rows):
            r[k] -= b[p]
        for j in range(p):
            x, slope = at(T, j * LANES), b[j]
            for k in range(rows):
                r[k] -= x[k] * slope
        for j in range(p):
            accumulate(g, errors, j, dot(r, at(T, j * LANES), rows))
        accumulate(g, errors, p, total(r, rows))


@strict
def refined_gradient(data: Rows, space: Space, b: Pointer) -> None:
    """The gradient at b, of 2 (p + 1) numbers: coefficients and intercept, then their low-order parts."""
    n, p, T, g, lanes = data.n, data.p, space.T, space.g, space.lanes
    m, used = p + 1, min(n, LANES)
    for j in range(2 * m):
        chain = at(lanes, j * LANES)
        for k in range(used):
            chain[k] = 0.0
    hi, lo = at(T, p * LANES), at(T, m * LANES)
    for first in range(0, n, LANES):
        rows = min(LANES, n - first)
        load_block(data, first, rows, space)
        residuals(T, b, p, rows, hi, lo)
        for j in range(p):
            add_products(at(T, j * LANES), hi, lo, rows, at(lanes, 2 * j * LANES), at(lanes, (2 * j + 1) * LANES))
        add_lanes(hi, lo, rows, at(lanes, 2 * p * LANES), at(lanes, (2 * p + 1) * LANES))
    for j in range(m):
        g[j], g[m + j] = gathered(at(lanes, 2 * j * LANES), at(lanes, (2 * j + 1) * LANES), used)


@strict
def residuals(T: Pointer, b: Pointer, p: int, rows: int, hi: Pointer, lo: Pointer) -> None:
    """``r = y - a - x·b`` of a block; hi holds y at first."""
    a, a_lo = -b[p], -b[2 * p + 1]
    for k in range(rows):
        s, e = two_sum(hi[k], a)
        hi[k] = s
        lo[k] = e + a_lo
    for j in range(p):
        x, slope, rest = at(T, j * LANES), -b[j], -b[p + 1 + j]
        for k in range(rows):
            hi[k], lo[k] = add_product(hi[k], lo[k], x[k], slope, rest)
    for k in range(rows):
        hi[k], lo[k] = two_sum(hi[k], lo[k])


@strict
def add_products(x: Pointer, hi: Pointer, lo: Pointer, rows: int, sums: Pointer, errors: Pointer) -> None:
    """Add ``x (hi + lo)`` to the lanes."""
    for k in range(rows):
        p, e = two_prod(x[k], hi[k])
        s, t = two_sum(sums[k], p)
        sums[k] = s
        errors[k] += t + (e + x[k] * lo[k])


@strict
def add_lanes(hi: Pointer, lo: Pointer, rows: int, sums: Pointer, errors: Pointer) -> None:
    """Add ``hi + lo`` to the lanes."""
    for k in range(rows):
        s, t = two_sum(sums[k], hi[k])
        sums[k] = s
        errors[k] += t + lo[k]
