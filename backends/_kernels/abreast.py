"""As many small problems at a time as a register holds numbers, each in a lane of its own.

One small fit leaves the vector unit idle: its sums end before they fill registers, and its factor is a chain of roots
and divisions. Abreast, every operation is on full registers. The rows of `WIDTH` problems are brought into lanes by
transposing squares of so many numbers, and stay in the cache for all that follows: means, moments about them, Cholesky,
a first answer, and one correction whose gradient is in twice the working precision. That settles how every coefficient
rounds where columns are not close to dependent (`backends._kernels.least_squares` derives when). A problem that it does
not settle, or that is far from zero, is left to that kernel.

What a lane finds depends on the numbers of its own problem alone, wherever that stands in a stack and whatever stands
beside it: rows that only longer neighbours have are zeros there. Reference: `backends._refined.solve_refined`.

For n rows of p features: n (p + 1)(p + 2) flops for the moments, 14 n p + 23 n for the gradient; 8 n (p + 1) bytes are
read once.
"""

from backends._kernels.factor import factor, solve
from backends._kernels.lane_rows import BEYOND, add_gradient, add_products, biases, gather, padded, sums_size
from backends._kernels.lanes import Lanes, allowed, as_lanes, as_numbers, kept
from backends._kernels.language import WIDTH, Pointer, at, larger, strict
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
    reach,
    unshift,
    unsure,
)
from backends._kernels.space import Rows, Space, divided

NUMBERS = 4096
"""Of the rows and targets of a problem, at most: of `WIDTH` problems they stay in the second-level cache."""
ROWS = 32
"""Of a block whose moments are added up in registers."""


@strict
def solve_abreast(data: Rows, ranges: Pointer, count: int, work: Pointer, answers: Pointer, found: Pointer) -> None:
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
    X = at(space.T, sums_size(m, m) + ROWS * m + BEYOND)
    y = at(X, longest * p)
    gather(data.X, ranges, p, 0, longest, work, X)
    gather(data.y, ranges, 1, 0, longest, work, y)
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
    sums, block = space.T, at(space.T, sums_size(m, m))
    for i in range(sums_size(m, m)):
        sums[i] = 0.0
    for first in range(0, longest, ROWS):
        count = min(ROWS, longest - first)
        centre_rows(rows, first, count, space.mean, block)
        add_products(block, m, count, m, sums)
    for i in range(m):
        for j in range(i, m):
            G[i * m + j] = sums[i * padded(m) + j]


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
def first_answer(rows: Rows, space: Space, b: Pointer) -> tuple[Lanes, Lanes]:
    """From the moments: whether it is one, and what a correction leaves of an error."""
    p, m = rows.p, rows.p + 1
    vif = factor(space, p, rows.n * rows.l2)
    sure = allowed(1.0, vif, LARGEST_VIF)
    for j in range(m):
        square = space.G[j * m + j]
        sure = allowed(allowed(sure, LEAST, square), square, MOST)
        space.step[j] = space.G[j * m + p]
        b[j] = b[m + j] = 0.0
    solve(space, p, space.step, b)
    unshift(space.mean, p, rows.intercept, b)
    for j in range(m):
        space.shift[j] = 0.0
    return sure, unsure(leaves(p, vif), p, reach(rows, space))


@strict
def gradient(rows: Rows, longest: int, space: Space, b: Pointer, data: Rows, following: Pointer) -> None:
    """At b; meanwhile the rows of the problems that follow are fetched."""
    p, g, high = rows.p, space.g, space.step
    top = biases(space, rows.n, p, b, high)
    for j in range(p + 1):
        g[j], g[p + 1 + j] = high[j], 0.0
    add_gradient(rows, 0, longest, b, 0, top, g, data, following)
    for j in range(p + 1):
        g[j] -= high[j]


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
