"""What is done to rows in lanes, whether they are of as many problems or of as many stretches of one.

Rows are brought into lanes by transposing squares of `WIDTH` numbers. Their products are added up in registers. A
gradient is in twice the working precision for little more than half of the usual flops: what a sum begins with is so
large that no addition changes its exponent, which makes it easy to tell what each of them lost.
"""

from math import sqrt

from backends._kernels.double_double import two_sum
from backends._kernels.lanes import TALL, Lanes, as_numbers, kept, products, turn
from backends._kernels.language import CACHE_LINE, WIDTH, Pointer, at, fma, prefetch_nearer, strict
from backends._kernels.space import Rows, Space

BEYOND = 4
"""Lanes that may be read beyond a block."""
LARGE = 4.0
"""Times what is added to a sum, so that it stays within a factor of 2 of where it began."""


@strict
def gather(table: Pointer, ranges: Pointer, wide: int, begin: int, rows: int, counts: Pointer, into: Pointer) -> None:
    """So many rows of each range, from one on, in its lane; zeros where a lane's count says that it has no more."""
    whole = rows * wide
    for i in range(WIDTH):
        whole = min(whole, (ranges[2 * i + 1] - ranges[2 * i] - begin) * wide)
    whole = max(whole, 0) // WIDTH * WIDTH
    for first in range(0, whole, WIDTH):
        turn(table, ranges, wide, begin * wide + first, at(into, first))
    numbers = as_numbers(into)
    for i in range(WIDTH):
        own, end = at(table, (ranges[2 * i] + begin) * wide), (int(counts[i]) - begin) * wide
        for k in range(whole, rows * wide):
            numbers[k * WIDTH + i] = own[k] if k < end else 0.0


@strict
def fetch(data: Rows, ranges: Pointer, k: int) -> None:
    """With every step some rows of one range are brought into the cache, of each in turn."""
    i, first = k % WIDTH, k // WIDTH * CACHE_LINE
    start = ranges[2 * i] + first
    if start < ranges[2 * i + 1]:
        row = at(data.X, start * data.p)
        for j in range(data.p):
            prefetch_nearer(at(row, j * CACHE_LINE))
        prefetch_nearer(at(data.y, start))


@strict
def add_products(block: Pointer, wide: int, rows: int, columns: int, sums: Pointer) -> None:
    """Add to sums, `padded` (wide) from row to row, the products of so many columns with all from them on."""
    for i in range(0, columns, TALL):
        for j in range(i, wide, 4):
            products(at(block, i), at(block, j), wide, rows, at(sums, i * padded(wide) + j), padded(wide))


@strict
def sums_size(columns: int, wide: int) -> int:
    """Lanes that `add_products` adds to."""
    lanes: int = (columns + 3) * padded(wide)
    return lanes


@strict
def padded(wide: int) -> int:
    """Columns as they are added up, some of which are nobody's."""
    lanes: int = (wide + 3) // 4 * 4 + 4
    return lanes


@strict
def biases(whole: Space, n: Lanes, p: int, b: Pointer, high: Pointer) -> Lanes:
    """What the sums of a gradient begin with, to be at least four times as large as whatever is added to them.

    No number is farther from its column's mean than the root of the sum of squares, and no sum of products is larger
    than that of two columns' roots (Cauchy & Schwarz). Gives what a residual begins with.
    """
    mean, far, root = whole.mean, sqrt(whole.G[(p + 1) * (p + 1) - 1]), sqrt(1.0 * n)
    top = abs(mean[p]) + far + abs(b[p])
    for j in range(p):
        deviation = 1.0 / whole.scale[j]
        top += abs(b[j]) * (abs(mean[j]) + deviation)
        high[j] = LARGE * far * (deviation + root * abs(mean[j]))
    high[p] = LARGE * far * root
    enough: Lanes = LARGE * top
    return enough


@strict
def add_gradient(  # noqa: PLR0913, PLR0917 - one call per block, into which nothing is packed
    rows: Rows, first: int, count: int, b: Pointer, again: int, top: Lanes, g: Pointer, data: Rows, following: Pointer
) -> None:
    """Add the products of the columns with the residuals at b; ``again`` where b has more than float64.

    Parameters
    ----------
    rows : Rows
        In lanes, so many in each.
    first, count : int
        The number that they begin with, and how many there are now.
    b : of 2 (p + 1)
    again : int
    top
        As `biases` gives it.
    g : of 2 (p + 1) lanes
    data, following
        Of what comes next, and is fetched meanwhile.
    """
    p, m, n = rows.p, rows.p + 1, rows.n
    start = top - b[p]
    start_lo = (top - start) - b[p] - b[m + p]
    for k in range(0, count, 2):  # of an odd number the last two, of which one is nobody's
        x, z = at(rows.X, k * p), at(rows.X, (k + 1) * p)
        s, lo = add_to_large(start, start_lo, 1.0, rows.y[k])
        t, rest = add_to_large(start, start_lo, 1.0, rows.y[k + 1])
        for j in range(p):
            s, lo = add_to_large(s, lo, x[j], -b[j])
            t, rest = add_to_large(t, rest, z[j], -b[j])
        if again:
            for j in range(p):
                lo, rest = fma(x[j], -b[m + j], lo), fma(z[j], -b[m + j], rest)
        hi, lo = two_sum(s - top, lo)  # far from zero ``top`` leaves too few bits to the first
        more, rest = two_sum(t - top, rest)
        hi, lo = kept(hi, first + k, n), kept(lo, first + k, n)
        more, rest = kept(more, first + k + 1, n), kept(rest, first + k + 1, n)
        for j in range(p):
            total, e = add_to_large(g[j], g[m + j], x[j], hi)
            g[j], e = add_to_large(total, e, z[j], more)
            g[m + j] = fma(z[j], rest, fma(x[j], lo, e))
        total, e = add_to_large(g[p], g[m + p], 1.0, hi)
        g[p], e = add_to_large(total, e, 1.0, more)
        g[m + p] = e + (lo + rest)
        fetch(data, following, first + k)
        fetch(data, following, first + k + 1)


@strict
def add_to_large(s: Lanes, lo: Lanes, a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """Add ``a * b`` to ``s + lo`` where s is much larger: 4 flops.

    What s gained is exact, because s and the sum are less than a factor of 2 apart (P. H. Sterbenz, "Floating-Point
    Computation", 1974, theorem 4.3.1), and ``a * b`` less that is what the sum lost.
    """
    total = fma(a, b, s)
    return total, lo + fma(a, b, -(total - s))
