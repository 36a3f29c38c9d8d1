"""Moments and gradient of wide problems: columns in panels of a register's width, products tile by tile.

A panel holds `WIDTH` columns of a block of rows, row after row. A tile holds the products of one panel with up to
three: 24 registers of sums where a register holds 8 numbers, to which each row adds with one load per three
multiply-adds. That makes matrix products fast (K. Goto, R. van de Geijn, "Anatomy of high-performance matrix
multiplication", ACM TOMS 34 (2008) 12, sections 4 and 6); and only half of the symmetric product is formed.

Within a block, sums run from row to row, whatever the register's width; between blocks each carries its rounding
errors, as in `backends._kernels.moments`, the same method for few columns. Reference: `backends._moments`. n (p + 1)(p
+ 2) flops, those of the panels on the diagonal twice; 8 n (p + 1) bytes are read once. The gradient uses the rows as
they are: 15 n (p + 1) flops, which take little longer than reading them.
"""

from backends._kernels.double_double import add_number, two_prod, two_sum
from backends._kernels.language import (
    MOST_PANELS,
    ROWS_AHEAD,
    WIDTH,
    Pointer,
    at,
    differences,
    four_dots,
    prefetch,
    reordered,
    strict,
    tile,
)
from backends._kernels.moments import accumulate
from backends._kernels.space import Rows, Space

ROWS = 256
"""Rows of a block. Up to some 300 columns its panels and sums fit the second-level cache, one panel the first."""
APART = (ROWS + 1) * WIDTH
"""Numbers from one panel to the next: not a power of two, so that rows do not collide in the cache."""
ROWS_SUMMED = 32
"""Rows of a gradient whose sums are plain; a row's rounding error grows with the sum that it is added to."""

_three, _two, _one = tile(3), tile(2), tile(1)


@strict
def panel_moments(data: Rows, space: Space) -> None:
    """As `backends._kernels.moments.moments`, for p >= 16; the panels occupy T and lanes."""
    n, m = data.n, data.p + 1
    count = (m + WIDTH) // WIDTH
    for i in range(2 * m):
        space.mean[i] = 0.0
    for i in range(2 * m * m):
        space.G[i] = 0.0
    for first in range(0, n, ROWS):
        rows = min(ROWS, n - first)
        load_panels(data, first, rows, space.shift, space.T)
        for i in range(count):
            j = i
            while j < count:
                j += add_tile(space, i, j, count, rows, m)
    for i in range(m):
        space.mean[i] += space.mean[m + i]
    for i in range(m * m):
        space.G[i] += space.G[m * m + i]


@strict
def load_panels(data: Rows, first: int, rows: int, shift: Pointer, panels: Pointer) -> None:
    """Load shifted rows as panels: features, target, 1, and zeros to the end of the last panel."""
    p = data.p
    whole = p // WIDTH
    for k in range(rows):
        x = at(data.X, (first + k) * p)
        for i in range(whole):
            prefetch(at(x, ROWS_AHEAD * p + i * WIDTH))
            differences(at(x, i * WIDTH), at(shift, i * WIDTH), at(panels, i * APART + k * WIDTH))
        for j in range(whole * WIDTH, p):
            panels[place(j, k)] = x[j] - shift[j]
        panels[place(p, k)] = data.y[first + k] - shift[p]
        panels[place(p + 1, k)] = 1.0
        for j in range(p + 2, (p + 1 + WIDTH) // WIDTH * WIDTH):
            panels[place(j, k)] = 0.0


@strict
def place(column: int, row: int) -> int:
    """The position of a number in the panels."""
    return column // WIDTH * APART + row * WIDTH + column % WIDTH


@strict
def add_tile(space: Space, i: int, j: int, count: int, rows: int, m: int) -> int:
    """Add the products of panel i with as many panels from j on as a tile takes; returns how many."""
    left, right, products = at(space.T, i * APART), at(space.T, j * APART), space.W
    beside = min(MOST_PANELS, count - j)
    if beside == 3:
        _three(left, right, APART, rows, products)
    elif beside == 2:
        _two(left, right, APART, rows, products)
    else:
        _one(left, right, APART, rows, products)
    columns = min(beside * WIDTH, m - j * WIDTH)
    for k in range(min(WIDTH, m - i * WIDTH)):
        column = i * WIDTH + k
        row, terms = at(space.G, column * m + j * WIDTH), at(products, k * beside * WIDTH)
        for each in range(columns):
            accumulate(row, at(row, m * m), each, terms[each])
        if j + beside == count:
            accumulate(space.mean, at(space.mean, m), column, terms[m - j * WIDTH])
    return beside


@strict
def row_gradient(data: Rows, space: Space, b: Pointer) -> None:
    """The gradient at b, as `backends._kernels.passes.plain_gradient`, but of residuals in twice the precision.

    So rounding is in proportion to the residuals, not to the target. Rows are shifted only where residuals multiply
    them: a shift before the residual is formed would add rounding.
    """
    n, p, g, sums = data.n, data.p, space.g, space.T
    m = p + 1
    last, dots = at(space.T, m), at(space.T, m + WIDTH)
    for j in range(2 * m):
        g[j] = 0.0
    for j in range(WIDTH):
        column = p - WIDTH + j
        last[j] = b[column] if column >= p // WIDTH * WIDTH else 0.0
    a, a_lo = whole_intercept(space.shift, p, b)
    for first in range(0, n, ROWS_SUMMED):
        end = min(first + ROWS_SUMMED, n)
        for j in range(m):
            sums[j] = 0.0
        k = first
        while k < end:
            several = k + 4 <= end  # else one row, four times, of which only the first counts
            x, y, stride = at(data.X, k * p), at(data.y, k), p if several else 0
            four_dots(x, stride, p, b, last, dots)
            q, r, s, t = rest(y[0], a, a_lo, dots, 0), 0.0, 0.0, 0.0
            if several:
                r, s, t = rest(y[1], a, a_lo, dots, 1), rest(y[2], a, a_lo, dots, 2), rest(y[3], a, a_lo, dots, 3)
            dots[0], dots[1], dots[2], dots[3] = q, r, s, t
            add_rows(x, stride, p, space.shift, dots, sums)
            k += 4 if several else 1
        for j in range(m):
            accumulate(g, at(g, m), j, sums[j])


@strict
def whole_intercept(shift: Pointer, p: int, b: Pointer) -> tuple[float, float]:
    """The intercept for unshifted rows, in twice the working precision."""
    hi, lo = add_number(b[p], 0.0, shift[p])
    for j in range(p):
        product, error = two_prod(-shift[j], b[j])
        hi, lo = add_number(hi, lo + error, product)
    return hi, lo


@strict
def rest(y: float, a: float, a_lo: float, dots: Pointer, i: int) -> float:
    """``y - a - dot``, rounded once or twice."""
    hi, e = two_sum(y, -a)
    hi, t = two_sum(hi, -dots[2 * i])
    r: float = hi + (t + (e - a_lo - dots[2 * i + 1]))
    return r


@reordered
def add_rows(x: Pointer, stride: int, p: int, shift: Pointer, residuals: Pointer, sums: Pointer) -> None:
    """Add the products of four shifted rows with their residuals."""
    q, r, s, t = residuals[0], residuals[1], residuals[2], residuals[3]
    u, v, w = at(x, stride), at(x, 2 * stride), at(x, 3 * stride)
    for j in range(p):
        c = shift[j]
        sums[j] += (q * (x[j] - c) + r * (u[j] - c)) + (s * (v[j] - c) + t * (w[j] - c))
    sums[p] += (q + r) + (s + t)
