"""As many small problems at a time as a register holds numbers, each in a lane of its own.

One small fit leaves the vector unit idle: its sums end before they fill registers, and its factor is a chain of roots
and divisions. Abreast, every operation is on full registers. The rows of `WIDTH` problems are brought into lanes by
transposing squares of so many numbers, and stay in the cache for all that follows: means, moments about them, Cholesky,
a first answer, and one correction whose gradient is in twice the working precision. That settles how every coefficient
rounds where columns are not close to dependent (`backends._kernels.least_squares` derives when). A problem that it does
not settle, or that is far from zero, is left to that kernel.

What a lane finds depends on the numbers of its own problem alone, wherever that stands in a stack and whatever stands
beside it: rows that only longer neighbours have are zeros there. Reference: `backends._refined.solve_refined`.

For n rows of p features: n (p + 1)(p + 2) flops for the moments, 14 n p + 17 n for the gradient; 8 n (p + 1) bytes are
read once.
"""

from math import sqrt

from backends._kernels.factor import factor, solve
from backends._kernels.lanes import Lanes, allowed, as_lanes, as_numbers, kept, turn
from backends._kernels.language import CACHE_LINE, WIDTH, Pointer, at, fma, larger, prefetch, strict
from backends._kernels.least_squares import (
    DECLINED,
    FLOOR,
    LARGEST_VIF,
    LEAST,
    MOST,
    REFINED,
    SETTLED,
    correct,
    largest,
    leaves,
    unshift,
)
from backends._kernels.space import Rows, Space, divided

NUMBERS = 4096
"""Of the rows and targets of a problem, at most: of `WIDTH` problems they stay in the second-level cache."""
ROWS = 32
"""Of a block whose moments are added up in registers."""
SUMS = 8
"""That `products` makes, and that it may read beyond a block."""
LARGE = 4.0
"""Times what is added to a sum, so that it stays within a factor of 2 of where it began."""


@strict
def solve_abreast(
    data: Rows, ranges: Pointer, count: int, work: Pointer, answers: Pointer, found: Pointer
) -> None:  # fmt: skip
    """Solve so many problems, `WIDTH` at most.

    Parameters
    ----------
    data : Rows
        The table.
    ranges : of 4 `WIDTH` integers
        The first row of each problem, and one beyond its last; where there is no problem, twice 0. Then those of the
        next problems, whose rows are fetched meanwhile.
    count : int
    work : of `backends._kernels.bound_stack.abreast_size` (p), from the beginning of a cache line on
    answers : of 2 count (p + 1)
    found : of count integers
        `REFINED`, or `DECLINED` where a problem is left to another kernel.
    """
    p, m = data.p, data.p + 1
    lanes, longest = as_lanes(work), 0
    for i in range(WIDTH):
        rows = ranges[2 * i + 1] - ranges[2 * i]
        suits = p < rows and rows * m <= NUMBERS
        work[i] = rows if suits else 0.0
        longest = max(longest, rows if suits else 0)
    for i in range(count):
        found[i] = DECLINED
    if longest == 0:
        return
    b, space = at(lanes, 1), divided(at(lanes, 1 + 2 * m), p)
    X = at(space.T, SUMS + ROWS * m + SUMS)
    y = at(X, longest * p)
    gather(data.X, ranges, p, longest, work, X)
    gather(data.y, ranges, 1, longest, work, y)
    abreast = Rows(X, y, lanes[0], p, data.intercept, data.l2)
    means(abreast, longest, space)
    moments(abreast, longest, space)
    sure, rate = first_answer(abreast, space, b)
    gradient(abreast, longest, space, b, data, at(ranges, 2 * WIDTH))
    correct(abreast, space, b)
    lanes[0] = settled(abreast, space, b, sure, rate)
    numbers = as_numbers(b)
    for i in range(count):
        found[i] = REFINED if work[i] > 0.0 else DECLINED
        for j in range(2 * m):
            answers[2 * m * i + j] = numbers[j * WIDTH + i]


@strict
def gather(table: Pointer, ranges: Pointer, wide: int, longest: int, counts: Pointer, into: Pointer) -> None:
    """The rows of each problem in its lane, and zeros to the end of the longest."""
    whole = longest * wide
    for i in range(WIDTH):
        whole = min(whole, (ranges[2 * i + 1] - ranges[2 * i]) * wide)
    whole = whole // WIDTH * WIDTH
    for first in range(0, whole, WIDTH):
        turn(table, ranges, wide, first, at(into, first))
    numbers = as_numbers(into)
    for i in range(WIDTH):
        own, end = at(table, ranges[2 * i] * wide), int(counts[i]) * wide
        for k in range(whole, longest * wide):
            numbers[k * WIDTH + i] = own[k] if k < end else 0.0


@strict
def means(rows: Rows, longest: int, space: Space) -> None:
    """Of the columns, the target last; zeros without an intercept."""
    p, mean = rows.p, space.mean
    for j in range(p):
        mean[j] = column_sum(at(rows.X, j), p, longest) / rows.n if rows.intercept else 0.0
    mean[p] = column_sum(rows.y, 1, longest) / rows.n if rows.intercept else 0.0


@strict
def column_sum(a: Pointer, apart: int, rows: int) -> Lanes:
    """Of numbers so far apart, in four chains."""
    q = r = s = t = a[0] - a[0]
    for k in range(0, rows - 3, 4):
        q += a[k * apart]
        r += a[(k + 1) * apart]
        s += a[(k + 2) * apart]
        t += a[(k + 3) * apart]
    for k in range(rows // 4 * 4, rows):
        q += a[k * apart]
    total: Lanes = (q + r) + (s + t)
    return total


@strict
def moments(rows: Rows, longest: int, space: Space) -> None:
    """Products of the columns about their means, the target last: the upper triangle."""
    m, G = rows.p + 1, space.G
    block = at(space.T, SUMS)
    for i in range(m * m):
        G[i] = 0.0
    for first in range(0, longest, ROWS):
        count = min(ROWS, longest - first)
        centre_rows(rows, first, count, space.mean, block)
        for i in range(0, m, 2):
            for j in range(i, m, 4):
                products(at(block, i), at(block, j), m, count, space.T)
                for k in range(min(2, m - i)):
                    for each in range(min(4, m - j)):
                        G[(i + k) * m + j + each] += space.T[4 * k + each]


@strict
def centre_rows(rows: Rows, first: int, count: int, mean: Pointer, block: Pointer) -> None:
    """Rows less the means, each with its target; zeros where a problem has no such row."""
    p, n = rows.p, rows.n
    for k in range(count):
        row, x = at(block, k * (p + 1)), at(rows.X, (first + k) * p)
        for j in range(p):
            row[j] = kept(x[j] - mean[j], first + k, n)
        row[p] = kept(rows.y[first + k] - mean[p], first + k, n)


@strict
def products(a: Pointer, b: Pointer, apart: int, rows: int, sums: Pointer) -> None:
    """Products of two columns with four, six loads for eight multiply-adds; what is beyond the columns is nobody's."""
    q = r = s = t = u = v = w = z = a[0] - a[0]
    for k in range(rows):
        x, y = at(a, k * apart), at(b, k * apart)
        c, d = x[0], x[1]
        e, f, g, h = y[0], y[1], y[2], y[3]
        q, r, s, t = fma(c, e, q), fma(c, f, r), fma(c, g, s), fma(c, h, t)
        u, v, w, z = fma(d, e, u), fma(d, f, v), fma(d, g, w), fma(d, h, z)
    sums[0], sums[1], sums[2], sums[3] = q, r, s, t
    sums[4], sums[5], sums[6], sums[7] = u, v, w, z


@strict
def first_answer(rows: Rows, space: Space, b: Pointer) -> tuple[Lanes, Lanes]:
    """From the moments: whether it is one, and what a correction leaves of an error.

    That counts the rounding of the means, too, which a correction multiplies by what they are in deviations.
    """
    p, m = rows.p, rows.p + 1
    vif = factor(space, p, rows.n * rows.l2)
    sure, reach = allowed(1.0, vif, LARGEST_VIF), 1.0 + 0.0 * vif
    for j in range(m):
        square = space.G[j * m + j]
        sure = allowed(allowed(sure, LEAST, square), square, MOST)
        space.step[j] = space.G[j * m + p]
        b[j] = b[m + j] = 0.0
    for j in range(p):
        ratio = space.mean[j] * space.scale[j]
        reach = larger(reach, rows.n * ratio * ratio)
    solve(space, p, space.step, b)
    unshift(space.mean, p, rows.intercept, b)
    return sure, leaves(p, vif) + 2.0**-52 * vif * reach


@strict
def gradient(rows: Rows, longest: int, space: Space, b: Pointer, data: Rows, following: Pointer) -> None:
    """At b, in twice the precision; meanwhile the rows of the problems that follow are fetched."""
    p, m, n, g, high = rows.p, rows.p + 1, rows.n, space.g, space.step
    top = biases(rows, space, b)
    for j in range(m):
        g[j], g[m + j] = high[j], 0.0
    start = top - b[p]
    start_lo = (top - start) - b[p] - b[m + p]
    for k in range(0, longest, 2):  # of an odd number the last two, of which one is nobody's
        x, z = at(rows.X, k * p), at(rows.X, (k + 1) * p)
        s, lo = add_to_large(start, start_lo, 1.0, rows.y[k])
        t, rest = add_to_large(start, start_lo, 1.0, rows.y[k + 1])
        for j in range(p):
            s, lo = add_to_large(s, lo, x[j], -b[j])
            t, rest = add_to_large(t, rest, z[j], -b[j])
        hi, lo = kept(s - top, k, n), kept(lo, k, n)
        more, rest = kept(t - top, k + 1, n), kept(rest, k + 1, n)
        for j in range(p):
            total, e = add_to_large(g[j], g[m + j], x[j], hi)
            g[j], e = add_to_large(total, e, z[j], more)
            g[m + j] = fma(z[j], rest, fma(x[j], lo, e))
        total, e = add_to_large(g[p], g[m + p], 1.0, hi)
        g[p], e = add_to_large(total, e, 1.0, more)
        g[m + p] = e + (lo + rest)
        fetch(data, following, k)
        fetch(data, following, k + 1)
    for j in range(m):
        g[j] -= high[j]


@strict
def biases(rows: Rows, space: Space, b: Pointer) -> Lanes:
    """What the sums of `gradient` begin with, to be four times as large as whatever is added: ``step`` has them.

    No number is farther from its column's mean than the root of the sum of squares, and no sum of products is larger
    than that of two columns' roots (Cauchy & Schwarz). Gives what a residual begins with.
    """
    p, mean, high = rows.p, space.mean, space.step
    far, root = sqrt(space.G[(p + 1) * (p + 1) - 1]), sqrt(rows.n)
    top = abs(mean[p]) + far + abs(b[p])
    for j in range(p):
        deviation = 1.0 / space.scale[j]
        top += abs(b[j]) * (abs(mean[j]) + deviation)
        high[j] = LARGE * far * (deviation + root * abs(mean[j]))
    high[p] = LARGE * far * root
    enough: Lanes = LARGE * top
    return enough


@strict
def add_to_large(s: Lanes, lo: Lanes, a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """Add ``a * b`` to ``s + lo`` where s is much larger: 4 flops.

    What s gained is exact, because s and the sum are less than a factor of 2 apart (P. H. Sterbenz, "Floating-Point
    Computation", 1974, theorem 4.3.1), and ``a * b`` less that is what the sum lost.
    """
    total = fma(a, b, s)
    return total, lo + fma(a, b, -(total - s))


@strict
def fetch(data: Rows, ranges: Pointer, k: int) -> None:
    """With every step some rows of one problem, each in turn."""
    i, first = k % WIDTH, k // WIDTH * CACHE_LINE
    start = ranges[2 * i] + first
    if start < ranges[2 * i + 1]:
        row = at(data.X, start * data.p)
        for j in range(data.p):
            prefetch(at(row, j * CACHE_LINE))
        prefetch(at(data.y, start))


@strict
def settled(rows: Rows, space: Space, b: Pointer, sure: Lanes, rate: Lanes) -> Lanes:
    """Whether a further correction would change no coefficient; 0 where it was not sure before."""
    p, mean = rows.p, space.mean
    bound = rate * largest(space.step, space.scale, p)
    change, cancelled = rate * abs(space.step[p]), abs(b[p])
    for j in range(p):
        error = bound * space.scale[j]
        sure = allowed(sure, error, SETTLED * abs(b[j]))
        change += error * abs(mean[j])
        cancelled += abs(mean[j] * b[j])
    if rows.intercept:
        sure = allowed(sure, change, larger(SETTLED * abs(b[p]), FLOOR * cancelled))
    return sure
