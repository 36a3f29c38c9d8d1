"""Descent on all rows at once: epochs on the moments, and one pass over the rows in the order of a plain loop.

Reference: `backends._descent`, which derives the updates. An epoch on the moments is one product with a matrix of
m = p + 1 columns, 2 m² flops, or two for steps of optimal length; a pass over n rows is 4 n m flops and 8 n m bytes.
"""

from math import sqrt
from typing import NamedTuple

from backends._kernels.language import Pointer, at, strict
from backends._kernels.moments import dot

GRADIENT, HEAVY_BALL, NESTEROV, LINE_SEARCH, CONJUGATE = 0, 1, 2, 3, 4
VECTORS, SCALARS = 7, 6
"""Of a state. Vectors: theta, its last step, the point of the gradient, its move, the gradient, the last one, work."""
LOSS, CONVERGED, FIRST_LOSS, SEQUENCE, SQUARE, EPOCH = 0, 1, 2, 3, 4, 5


class Quadratic(NamedTuple):
    """An objective: H of m * m, c and offset of m, as `backends._descent.Moments` has them."""

    H: Pointer
    c: Pointer
    offset: Pointer
    m: int
    v: float


class Rule(NamedTuple):
    """As `backends._descent.Rule`, and the multiple of the first loss that counts as divergence."""

    update: int
    rate: float
    momentum: float
    tolerance: float
    blow_up: float


@strict
def descend(of: Quadratic, rule: Rule, epochs: int, state: Pointer) -> int:
    """Make at most ``epochs`` further epochs; 1 if the loss has blown up, else 0."""
    m = of.m
    scalars = at(state, VECTORS * m)
    for _ in range(epochs):
        scalars[EPOCH] += 1.0
        loss = loss_and_gradient(of, rule, state)
        converged = best_step(of, rule, state) if rule.update >= LINE_SEARCH else fixed_step(m, rule, state)
        scalars[LOSS] = loss
        if scalars[EPOCH] == 1.0:
            scalars[FIRST_LOSS] = loss
            converged = False
        if not loss <= rule.blow_up * scalars[FIRST_LOSS]:
            return 1
        if converged:
            scalars[CONVERGED] = 1.0
            return 0
    return 0


@strict
def loss_and_gradient(of: Quadratic, rule: Rule, state: Pointer) -> float:
    """Compute the gradient in the state, and return the loss."""
    m, H, c, offset = of.m, of.H, of.c, of.offset
    where = state if rule.update >= LINE_SEARCH else at(state, 2 * m)
    g, t = at(state, 4 * m), at(state, 6 * m)
    for j in range(m):
        t[j] = where[j] - offset[j]
    for i in range(m):
        g[i] = dot(at(H, i * m), t, m) - c[i]
    loss = of.v
    for j in range(m):
        loss += t[j] * (g[j] - c[j]) / 2
    return loss


@strict
def fixed_step(m: int, rule: Rule, state: Pointer) -> bool:
    """One update of `backends._descent.fixed_steps`; whether the objective changed by at most the tolerance."""
    theta, step, point = state, at(state, m), at(state, 2 * m)
    moved, g, before = at(state, 3 * m), at(state, 4 * m), at(state, 5 * m)
    scalars = at(state, VECTORS * m)
    change, uphill = 0.0, 0.0
    for j in range(m):
        change += moved[j] * (before[j] + g[j])
        before[j] = g[j]
        updated = point[j] - g[j] * rule.rate
        if rule.update == HEAVY_BALL:
            updated += rule.momentum * step[j]
        step[j] = updated - theta[j]
        theta[j] = updated
        uphill += g[j] * step[j]
    ahead = 0.0
    if rule.update == NESTEROV:
        k = 1.0 if uphill > 0 else scalars[SEQUENCE]
        scalars[SEQUENCE] = (1.0 + sqrt(1.0 + 4.0 * k * k)) / 2.0
        ahead = (k - 1.0) / scalars[SEQUENCE]
    for j in range(m):
        following = theta[j] + ahead * step[j]
        moved[j] = following - point[j]
        point[j] = following
    return abs(change) <= 2.0 * rule.tolerance


@strict
def best_step(of: Quadratic, rule: Rule, state: Pointer) -> bool:
    """One update of `backends._descent.best_steps`; none, and True, where the gradient is within the tolerance."""
    m, H, c, offset = of.m, of.H, of.c, of.offset
    theta, direction, g, t = state, at(state, m), at(state, 4 * m), at(state, 6 * m)
    scalars = at(state, VECTORS * m)
    square = dot(g, g, m)
    size = sqrt(dot(t, t, m)) + sqrt(dot(offset, offset, m))
    if sqrt(square) <= rule.tolerance * (sqrt(dot(H, H, m * m)) * size + sqrt(dot(c, c, m))):
        return True
    keep = square / scalars[SQUARE] if rule.update == CONJUGATE and scalars[SQUARE] > 0 else 0.0
    scalars[SQUARE] = square
    for j in range(m):
        direction[j] = keep * direction[j] - g[j]
    curvature = 0.0
    for i in range(m):
        curvature += direction[i] * dot(at(H, i * m), direction, m)
    if curvature > 0:
        length = -dot(g, direction, m) / curvature
        for j in range(m):
            theta[j] += length * direction[j]
    return False


class Table(NamedTuple):
    """The rows: X of n * p, y and, if ``weighted``, weights of n."""

    X: Pointer
    y: Pointer
    weights: Pointer
    weighted: int
    n: int
    p: int


@strict
def add_up_rows(data: Table, theta: Pointer, sums: Pointer) -> None:
    """Sums over the rows of ``w r x``, ``w r`` and ``w r²``, r = y - (x·coef + intercept), each from first to last.

    Four rows at a time: each sum still adds row after row, and each product column after column, but four products are
    in flight, and the sums of several columns share a vector.
    """
    n, p, X, y, weights = data.n, data.p, data.X, data.y, data.weights
    for j in range(p + 2):
        sums[j] = 0.0
    whole = n - n % 4
    for i in range(0, whole, 4):
        a, b, c, d = at(X, i * p), at(X, (i + 1) * p), at(X, (i + 2) * p), at(X, (i + 3) * p)
        q, r, s, t = 0.0, 0.0, 0.0, 0.0
        for j in range(p):
            slope = theta[j]
            q += a[j] * slope
            r += b[j] * slope
            s += c[j] * slope
            t += d[j] * slope
        q, r = y[i] - (q + theta[p]), y[i + 1] - (r + theta[p])
        s, t = y[i + 2] - (s + theta[p]), y[i + 3] - (t + theta[p])
        e, f, g, h = q, r, s, t
        if data.weighted:
            e, f, g, h = weights[i] * q, weights[i + 1] * r, weights[i + 2] * s, weights[i + 3] * t
        for j in range(p):
            sums[j] = sums[j] + a[j] * e + b[j] * f + c[j] * g + d[j] * h
        sums[p] = sums[p] + e + f + g + h
        sums[p + 1] = sums[p + 1] + e * q + f * r + g * s + h * t
    for i in range(whole, n):
        a, q = at(X, i * p), 0.0
        for j in range(p):
            q += a[j] * theta[j]
        q = y[i] - (q + theta[p])
        e = weights[i] * q if data.weighted else q
        for j in range(p):
            sums[j] += a[j] * e
        sums[p] += e
        sums[p + 1] += e * q
