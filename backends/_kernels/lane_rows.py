"""Operations on rows in lanes, where each lane is a problem of its own or a stretch of one problem's rows.

Rows are transposed into lanes in squares of `WIDTH` numbers, and their products are summed in registers. Gradients are
in twice the working precision for little more than half of the usual flops: each sum starts at a number (a bias) so
large that no addition changes its exponent, which makes the rounding error of each addition easy to find.
"""

from math import sqrt

from backends._kernels.double_double import two_sum
from backends._kernels.lanes import TALL, Lanes, as_numbers, products, transposed, where_less
from backends._kernels.language import CACHE_LINE, WIDTH, Pointer, at, fma, prefetch_nearer, strict
from backends._kernels.space import Rows, Space

BEYOND = 4
"""Lanes beyond a block that may be read."""
LARGE = 4.0
"""Bias of a sum, in multiples of a bound of its terms, so that it stays within a factor of 2 of the bias."""


@strict
def gather(table: Pointer, ranges: Pointer, wide: int, begin: int, rows: int, counts: Pointer, into: Pointer) -> None:
    """Load ``rows`` rows of each range, from ``begin`` on, into its lane; zeros beyond the lane's count."""
    whole = rows * wide
    for i in range(WIDTH):
        whole = min(whole, (ranges[2 * i + 1] - ranges[2 * i] - begin) * wide)
    whole = max(whole, 0) // WIDTH * WIDTH
    for first in range(0, whole, WIDTH):
        transposed(table, ranges, wide, begin * wide + first, at(into, first))
    numbers = as_numbers(into)
    for i in range(WIDTH):
        own, end = at(table, (ranges[2 * i] + begin) * wide), (int(counts[i]) - begin) * wide
        for k in range(whole, rows * wide):
            numbers[k * WIDTH + i] = own[k] if k < end else 0.0


@strict
def fetch(data: Rows, ranges: Pointer, k: int) -> None:
    """Prefetch some rows of one range; with every step k, of the next range in transposed."""
    i, first = k % WIDTH, k // WIDTH * CACHE_LINE
    start = ranges[2 * i] + first
    if start < ranges[2 * i + 1]:
        row = at(data.X, start * data.p)
        for j in range(data.p):
            prefetch_nearer(at(row, j * CACHE_LINE))
        prefetch_nearer(at(data.y, start))


@strict
def add_products(block: Pointer, wide: int, rows: int, columns: int, sums: Pointer) -> None:
    """Add the products of ``columns`` columns, each with all from it on, to sums with `padded` (wide) lanes per row."""
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
    """Lanes in a row of sums, some of them unused."""
    lanes: int = (wide + 3) // 4 * 4 + 4
    return lanes


@strict
def biases(whole: Space, n: Lanes, p: int, b: Pointer, high: Pointer) -> Lanes:
    """The biases of a gradient's sums, at least four times as large as anything added to them.

    No number is farther from its column's mean than the root of the sum of squares, and no sum of products exceeds the
    product of two such roots (Cauchy-Schwarz). Returns the bias of a residual.
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
def add_gradient(  # noqa: PLR0913, PLR0917 - one call per block, with plain arguments
    rows: Rows, first: int, count: int, b: Pointer, again: int, top: Lanes, g: Pointer, data: Rows, following: Pointer
) -> None:
    """Add the products of the columns with the residuals at b; ``again`` if b has a low-order part.

    Parameters
    ----------
    rows : Rows
        In lanes; ``n`` is the count of each lane.
    first, count : int
        The number of the first row, and how many rows there are now.
    b : of 2 (p + 1)
    again : int
    top
        The bias of a residual, from `biases`.
    g : of 2 (p + 1) lanes
    data, following
        The table and the next ranges, which are prefetched.
    """
    p, m, n = rows.p, rows.p + 1, rows.n
    start = top - b[p]
    start_lo = (top - start) - b[p] - b[m + p]
    for k in range(0, count, 2):  # if odd, the last row is followed by padding
        x, z = at(rows.X, k * p), at(rows.X, (k + 1) * p)
        s, lo = add_to_large(start, start_lo, 1.0, rows.y[k])
        t, rest = add_to_large(start, start_lo, 1.0, rows.y[k + 1])
        for j in range(p):
            s, lo = add_to_large(s, lo, x[j], -b[j])
            t, rest = add_to_large(t, rest, z[j], -b[j])
        if again:
            for j in range(p):
                lo, rest = fma(x[j], -b[m + j], lo), fma(z[j], -b[m + j], rest)
        hi, lo = two_sum(s - top, lo)  # far from zero ``top`` leaves too few bits for the first
        more, rest = two_sum(t - top, rest)
        hi, lo = where_less(hi, first + k, n), where_less(lo, first + k, n)
        more, rest = where_less(more, first + k + 1, n), where_less(rest, first + k + 1, n)
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
