"""Moments and gradient of a tall problem: each lane has a stretch of its rows.

A block of rows is cut into as many stretches as a register holds numbers. Their products are summed in lanes
(`backends._kernels.lane_rows`), from the first row of a part of the problem to its last; the lanes are added once, at
the end. So each lane plainly sums a few dozen products per block, then some hundred blocks, and the rounding averages
out over lanes and parts; between parts sums carry their errors (`backends._kernels.least_squares.absorb`). The gradient
is in twice the precision and takes no longer than a plain one would, because reading the rows takes the time.
Reference: `backends._moments`, `backends._double_double`.

For n rows of p features: n (p + 1)(p + 2) flops for the moments, those near the diagonal twice, and 14 n p + 23 n for
the gradient; 8 n (p + 1) bytes are read for either.
"""

from backends._kernels.double_double import two_sum
from backends._kernels.lane_rows import add_gradient, biases, fetch, gather, padded, sums_size
from backends._kernels.lanes import TALL, as_integers, as_lanes, as_numbers, products, where_less
from backends._kernels.language import WIDTH, Pointer, at, strict
from backends._kernels.space import Rows, Space

ROWS = 32
"""Rows of a stretch."""
AT_ONCE = 8
"""Rows of a stretch that are loaded into lanes at a time: they fit the first-level cache."""
FARTHEST = 2.0**30
"""Largest squared ratio of a mean to a deviation; beyond, the biases of a gradient's sums are too large."""
HEAD = 5
"""Lanes of work space that the ranges and counts take."""


@strict
def stretch_moments(data: Rows, shift: Pointer, work: Pointer, space: Space) -> None:
    """Sums of the m = p + 1 shifted columns, and the upper triangle of their products.

    Parameters
    ----------
    data : Rows
    shift : of m
    work : of `backends._kernels.bound_parts.stretch_size` (p), aligned to a cache line
    space : Space
        Its ``mean`` and ``G`` are the results.
    """
    n, m = data.n, data.p + 1
    wide = m + 1  # a column of ones, whose products are the sums
    lanes, ranges = as_lanes(work), as_integers(work)
    sums = at(lanes, HEAD)
    X = at(sums, sums_size(m, wide))
    block = at(X, AT_ONCE * m)
    for i in range(sums_size(m, wide)):
        sums[i] = 0.0
    for first in range(0, n, WIDTH * ROWS):
        rows = cut(first, n, ranges, at(work, 4 * WIDTH))
        for begin in range(0, rows, AT_ONCE):
            count = min(AT_ONCE, rows - begin)
            some = load_stretches(data, ranges, begin, count, work, X)
            shift_rows(some, begin, count, shift, at(block, begin * wide))
        add_products_and_fetch(block, rows, sums, data, at(ranges, 2 * WIDTH))
    for i in range(2 * m):
        space.mean[i] = 0.0
    for i in range(2 * m * m):
        space.G[i] = 0.0
    for i in range(m):
        for j in range(i, m):
            space.G[i * m + j], _ = lanes_added(at(sums, i * padded(wide) + j), 0.0)
        space.mean[i], _ = lanes_added(at(sums, i * padded(wide) + m), 0.0)


@strict
def stretch_gradient(data: Rows, whole: Space, n: int, b: Pointer, work: Pointer, space: Space) -> None:
    """The gradient at b, of 2 (p + 1) numbers, over some of a problem's n rows; ``whole`` has its moments."""
    p, m = data.p, data.p + 1
    lanes, ranges = as_lanes(work), as_integers(work)
    g, high = at(lanes, HEAD), space.step
    X = at(g, 2 * m)
    top, again = biases(whole, n, p, b, high), 0
    for j in range(m):
        g[j], g[m + j] = high[j], 0.0
    for j in range(p):
        again |= b[m + j] != 0.0
    for first in range(0, data.n, WIDTH * ROWS):
        rows = cut(first, data.n, ranges, at(work, 4 * WIDTH))
        for begin in range(0, rows, AT_ONCE):
            count = min(AT_ONCE, rows - begin)
            some = load_stretches(data, ranges, begin, count, work, X)
            add_gradient(some, begin, count, b, again, top, g, data, at(ranges, 2 * WIDTH))
    for j in range(m):
        g[j] -= high[j]
        space.g[j], space.g[m + j] = lanes_added(at(g, j), lanes_added(at(g, m + j), 0.0)[0])


@strict
def cut(first: int, n: int, ranges: Pointer, counts: Pointer) -> int:
    """The stretches of a block of rows, and those of the next block; returns the rows of the longest."""
    rows = min(ROWS, (n - first + WIDTH - 1) // WIDTH)
    for i in range(2 * WIDTH):
        ranges[2 * i] = min(first + i * rows, n)
        ranges[2 * i + 1] = min(first + (i + 1) * rows, n)
    for i in range(WIDTH):
        counts[i] = ranges[2 * i + 1] - ranges[2 * i]
    return rows


@strict
def load_stretches(data: Rows, ranges: Pointer, begin: int, count: int, work: Pointer, X: Pointer) -> Rows:
    """Load rows of every stretch into lanes."""
    p, counts = data.p, at(work, 4 * WIDTH)
    y = at(X, AT_ONCE * p)
    gather(data.X, ranges, p, begin, count, counts, X)
    gather(data.y, ranges, 1, begin, count, counts, y)
    return Rows(X, y, as_lanes(counts)[0], p, data.intercept, data.l2)


@strict
def add_products_and_fetch(block: Pointer, rows: int, sums: Pointer, data: Rows, following: Pointer) -> None:
    """As `backends._kernels.lane_rows.add_products`; the following rows are prefetched at an even rate."""
    columns, wide, tiles, done, k = data.p + 1, data.p + 2, 0, 0, 0
    for i in range(0, columns, TALL):
        tiles += (wide - i + 3) // 4
    for i in range(0, columns, TALL):
        for j in range(i, wide, 4):
            done += 1
            while k * tiles < done * rows:
                fetch(data, following, k)
                k += 1
            products(at(block, i), at(block, j), wide, rows, at(sums, i * padded(wide) + j), padded(wide))


@strict
def shift_rows(rows: Rows, first: int, count: int, shift: Pointer, block: Pointer) -> None:
    """Rows minus the shift, each with its target and 1; zeros where a stretch has no such row."""
    p, n = rows.p, rows.n
    for k in range(count):
        row, x = at(block, k * (p + 2)), at(rows.X, k * p)
        for j in range(p):
            row[j] = where_less(x[j] - shift[j], first + k, n)
        row[p] = where_less(rows.y[k] - shift[p], first + k, n)
        row[p + 1] = where_less(1.0, first + k, n)


@strict
def lanes_added(a: Pointer, lo: float) -> tuple[float, float]:
    """The sum of the lanes and a number, and its low-order part beyond float64."""
    numbers, hi = as_numbers(a), 0.0
    for i in range(WIDTH):
        hi, e = two_sum(hi, numbers[i])
        lo += e
    hi, lo = two_sum(hi, lo)
    return hi, lo
