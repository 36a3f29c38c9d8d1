"""Many small problems at a time, one in each lane of a vector register.

One small fit leaves the vector unit idle: its sums end before they fill registers, and its factor is a chain of roots
and divisions. Abreast, every operation is on full registers. The rows of `WIDTH` problems are transposed into lanes and
stay in the cache for all that follows: means, moments about them, Cholesky, a first answer, and one correction whose
gradient is in twice the working precision. That decides how every coefficient rounds, unless columns are close to
dependent (`backends._kernels.least_squares` derives when). Problems that are not settled, or far from zero, are left to
that kernel.

The result in a lane depends only on its own problem, not on its place in the stack or its neighbours: where a neighbour
has more rows, the lane has zeros. Reference: `backends._refined.solve_refined`.

For n rows of p features: n (p + 1)(p + 2) flops for the moments, 14 n p + 23 n for the gradient; 8 n (p + 1) bytes are
read once.
"""

from backends._kernels.factor import factor, solve
from backends._kernels.lane_rows import BEYOND, add_gradient, add_products, biases, gather, padded, sums_size
from backends._kernels.lanes import Lanes, as_lanes, as_numbers, where_at_most, where_less
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
    error_factor,
    first_error_factor,
    largest,
    offset_ratio,
    unshift,
)
from backends._kernels.space import Rows, Space, divided

NUMBERS = 4096
"""Most numbers in X and y of a problem: those of `WIDTH` problems fit the second-level cache."""
ROWS = 32
"""Rows of a block whose moments are summed in registers."""


@strict
def solve_abreast(data: Rows, ranges: Pointer, count: int, work: Pointer, answers: Pointer, found: Pointer) -> None:
    """Solve ``count`` problems, at most `WIDTH`.

    Parameters
    ----------
    data : Rows
        The table.
    ranges : of 4 `WIDTH` integers
        The first row of each problem, and one beyond its last; zeros where there is no problem. Then those of the next
        problems, whose rows are prefetched.
    count : int
    work : of `backends._kernels.bound_stack.abreast_size` (p), aligned to a cache line
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
    """Means of the columns, the target last; zeros without an intercept."""
    p, mean = rows.p, space.mean
    for j in range(p):
        mean[j] = column_sum(at(rows.X, j), p, longest) / rows.n if rows.intercept else 0.0
    mean[p] = column_sum(rows.y, 1, longest) / rows.n if rows.intercept else 0.0


@strict
def column_sum(a: Pointer, stride: int, rows: int) -> Lanes:
    """The sum of every ``stride``-th number, in four chains."""
    q = r = s = t = a[0] - a[0]
    for k in range(0, rows - 3, 4):
        q += a[k * stride]
        r += a[(k + 1) * stride]
        s += a[(k + 2) * stride]
        t += a[(k + 3) * stride]
    for k in range(rows // 4 * 4, rows):
        q += a[k * stride]
    total: Lanes = (q + r) + (s + t)
    return total


@strict
def moments(rows: Rows, longest: int, space: Space) -> None:
    """The upper triangle of the centred columns' products, the target last."""
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
    """Rows and targets minus the means; zeros where a problem has no such row."""
    p, n = rows.p, rows.n
    for k in range(count):
        row, x = at(block, k * (p + 1)), at(rows.X, (first + k) * p)
        for j in range(p):
            row[j] = where_less(x[j] - mean[j], first + k, n)
        row[p] = where_less(rows.y[first + k] - mean[p], first + k, n)


@strict
def first_answer(rows: Rows, space: Space, b: Pointer) -> tuple[Lanes, Lanes]:
    """Solve from the moments: whether that succeeded, and by what factor a correction reduces the error."""
    p, m = rows.p, rows.p + 1
    vif = factor(space, p, rows.n * rows.l2)
    sure = where_at_most(1.0, vif, LARGEST_VIF)
    for j in range(m):
        square = space.G[j * m + j]
        sure = where_at_most(where_at_most(sure, LEAST, square), square, MOST)
        space.step[j] = space.G[j * m + p]
        b[j] = b[m + j] = 0.0
    solve(space, p, space.step, b)
    unshift(space.mean, p, rows.intercept, b)
    for j in range(m):
        space.shift[j] = 0.0
    return sure, first_error_factor(error_factor(p, vif), p, offset_ratio(rows, space))


@strict
def gradient(rows: Rows, longest: int, space: Space, b: Pointer, data: Rows, following: Pointer) -> None:
    """The gradient at b, while the rows of the following problems are prefetched."""
    p, g, high = rows.p, space.g, space.step
    top = biases(space, rows.n, p, b, high)
    for j in range(p + 1):
        g[j], g[p + 1 + j] = high[j], 0.0
    add_gradient(rows, 0, longest, b, 0, top, g, data, following)
    for j in range(p + 1):
        g[j] -= high[j]


@strict
def settled(rows: Rows, space: Space, b: Pointer, sure: Lanes, rate: Lanes) -> Lanes:
    """Nonzero in lanes where a further correction would change no coefficient and ``sure`` is nonzero."""
    p, mean = rows.p, space.mean
    bound = rate * largest(space.step, space.scale, p)
    change, cancelled = rate * abs(space.step[p]), abs(b[p])
    for j in range(p):
        error = bound * space.scale[j]
        sure = where_at_most(sure, error, SETTLED * abs(b[j]))
        change += error * abs(mean[j])
        cancelled += abs(mean[j] * b[j])
    if rows.intercept:
        sure = where_at_most(sure, change, larger(SETTLED * abs(b[p]), FLOOR * cancelled))
    return sure
