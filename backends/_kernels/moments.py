"""One fused pass over the rows: shift, transpose a block into the cache, and sum its products.

Within a block, sums are plain, in as many chains as the vector unit has lanes; between blocks each sum carries its
rounding errors (Neumaier's variant of Kahan summation, by Knuth's error-free sum). Reference: `backends._moments`.

For n rows of p features: n (p + 1)(p + 2) flops for the products and 2 n p for the sums and shifts; 8 n (p + 1) bytes
are read once.

References
----------
A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54 (1974) 39-51.
"""

from backends._kernels.double_double import LANES, two_sum
from backends._kernels.language import Pointer, at, reordered, strict
from backends._kernels.space import Rows, Space

LARGEST_MEAN = 4.0
"""If a squared mean after the shift exceeds this many variances, it costs two bits: the shift was wrong."""


@strict
def load_block(data: Rows, first: int, rows: int, space: Space) -> None:
    """Load rows into T as columns of `LANES` numbers minus the shift: features, then the target."""
    p, T, shift = data.p, space.T, space.shift
    for j in range(p):
        column, s, x = at(T, j * LANES), shift[j], at(data.X, first * p + j)
        for k in range(rows):
            column[k] = x[k * p] - s
    column, s, target = at(T, p * LANES), shift[p], at(data.y, first)
    for k in range(rows):
        column[k] = target[k] - s


@reordered
def total(a: Pointer, rows: int) -> float:
    """The sum of the numbers."""
    s = 0.0
    for k in range(rows):
        s += a[k]
    return s


@reordered
def dot(a: Pointer, b: Pointer, rows: int) -> float:
    """The sum of the products."""
    s = 0.0
    for k in range(rows):
        s += a[k] * b[k]
    return s


@reordered
def dots(a: Pointer, b: Pointer, rows: int) -> tuple[float, float, float, float]:
    """Dot products of one column with four, `LANES` apart: five loads for four multiply-adds instead of eight."""
    q, r, s, t = 0.0, 0.0, 0.0, 0.0
    c, d, e = at(b, LANES), at(b, 2 * LANES), at(b, 3 * LANES)
    for k in range(rows):
        q += a[k] * b[k]
        r += a[k] * c[k]
        s += a[k] * d[k]
        t += a[k] * e[k]
    return q, r, s, t


@strict
def accumulate(sums: Pointer, errors: Pointer, i: int, term: float) -> None:
    """Add a term to a sum, and its rounding error to the sum's."""
    s, e = two_sum(sums[i], term)
    sums[i] = s
    errors[i] += e


@strict
def first_shift(data: Rows, shift: Pointer) -> None:
    """Means of some rows spread over the data: near enough to the means to prevent cancellation."""
    count, span = min(data.n, 16), max(data.n, 16)
    for j in range(data.p):
        total = 0.0
        for k in range(count):
            total += data.X[(k * span >> 4) * data.p + j]  # row k n // count, without a division
        shift[j] = few_bits(total / count)
    total = 0.0
    for k in range(count):
        total += data.y[k * span >> 4]
    shift[data.p] = few_bits(total / count)


@strict
def few_bits(x: float) -> float:
    """The upper 32 bits (Dekker 1971).

    A shift must have no bits below those of the rows: they would be rounded away in the same direction in all rows of a
    binade, and the rounding would not average out over the rows.
    """
    c = 2097153.0 * x
    return c - (c - x)


@strict
def moments(data: Rows, space: Space) -> None:
    """Sums of the m = p + 1 shifted columns, and the upper triangle of their products."""
    n, m = data.n, data.p + 1
    sums, G, T = space.mean, space.G, space.T
    for i in range(2 * m):
        sums[i] = 0.0
    for i in range(2 * m * m):
        G[i] = 0.0
    for first in range(0, n, LANES):
        rows = min(LANES, n - first)
        load_block(data, first, rows, space)
        for j in range(m):
            accumulate(sums, at(sums, m), j, total(at(T, j * LANES), rows))
            add_row(space, m, j, rows)
    for i in range(m):
        sums[i] += sums[m + i]
    for i in range(m * m):
        G[i] += G[m * m + i]


@strict
def add_row(space: Space, m: int, j: int, rows: int) -> None:
    """Add a block's products of column j with itself and those after it."""
    T, row, errors = space.T, at(space.G, j * m), at(space.G, (m + j) * m)
    a, i = at(T, j * LANES), j
    while i + 4 <= m:
        q, r, s, t = dots(a, at(T, i * LANES), rows)
        accumulate(row, errors, i, q)
        accumulate(row, errors, i + 1, r)
        accumulate(row, errors, i + 2, s)
        accumulate(row, errors, i + 3, t)
        i += 4
    while i < m:
        accumulate(row, errors, i, dot(a, at(T, i * LANES), rows))
        i += 1


@strict
def centre(space: Space, n: int, m: int) -> float:
    """Turn sums into means and centre the products; returns the largest squared mean, in variances."""
    mean, G = space.mean, space.G
    for j in range(m):
        mean[j] /= n
    worst = 0.0
    for j in range(m):
        for i in range(j, m):
            G[j * m + i] -= n * mean[j] * mean[i]
        variance, square = G[j * m + j], n * mean[j] * mean[j]
        if not square <= LARGEST_MEAN * variance:
            worst = max(worst, square / variance if variance > 0 else float("inf"))
    return worst
