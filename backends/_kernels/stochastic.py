"""Stochastic updates, one epoch of them per call: after each sample, after each batch, and with reduced variance.

Reference: `backends._stochastic.OneByOne`, which derives them. A sample's update takes 4 p flops (SVRG: 6 p,
SAGA: 8 p) and reads 8 (p + 1) bytes.
"""

from typing import NamedTuple

from backends._kernels.language import CACHE_LINE, Pointer, at, prefetch, reordered, strict

CORRECTED, SAGA = 0, 1
"""Codes of the updates with reduced variance."""
AHEAD = 16
"""Prefetching distance, in samples."""


class Samples(NamedTuple):
    """X of n * p, y and, if ``weighted``, weights of n; ``intercept`` and ``average`` are 0 or 1."""

    X: Pointer
    y: Pointer
    weights: Pointer
    weighted: int
    p: int
    intercept: float
    l2: float
    average: int


class Draws(NamedTuple):
    """Which samples, in their order, and the rate of each update."""

    order: Pointer
    rates: Pointer
    n: int


@strict
def weight_of(data: Samples, i: int) -> float:
    """The weight of a sample."""
    return data.weights[i] if data.weighted else 1.0


@strict
def finite(value: float) -> bool:
    """Whether a number is neither infinite nor NaN."""
    return value - value == 0.0


@reordered
def add_both(total: Pointer, theta: Pointer, a: Pointer, b: Pointer, p: int, by: Pointer) -> None:
    """Add both iterates of a pair of updates; ``by`` has shrink, step, both, carried, again, and 1 for a full pair."""
    shrink, step, both, carried, again, second = by[0], by[1], by[2], by[3], by[4], by[5]
    for j in range(p):
        first = shrink * theta[j] - step * a[j]
        total[j] += first + second * (both * theta[j] - carried * a[j] - again * b[j])


@strict
def fetch(data: Samples, i: int) -> None:
    """Prefetch the start of a sample; the processor itself prefetches the rest."""
    row = at(data.X, i * data.p)
    prefetch(row)
    prefetch(at(row, min(data.p, CACHE_LINE)))
    prefetch(at(data.y, i))


@reordered
def sample_updates(data: Samples, draws: Draws, theta: Pointer, total: Pointer, work: Pointer) -> float:
    """Update after each sample, two samples at a time.

    The second residual needs the first update only along its own row: with e = 1 - 2 rate l2 and h = 2 rate w r of the
    first, it is e x'·c - h (x'·x + 1) + b - y'. So the three products of a pair are independent, and the coefficients
    are read and written once instead of twice. Where they are averaged, iterates are added to total.
    """
    p, n, b = data.p, draws.n, theta[data.p]
    squares = 0.0
    for t in range(0, n, 2):
        pair = t + 1 < n
        i, first = draws.order[t], 2.0 * draws.rates[t]
        k, second = i, 0.0
        if pair:
            k, second = draws.order[t + 1], 2.0 * draws.rates[t + 1]
        x, z = at(data.X, i * p), at(data.X, k * p)
        if t + AHEAD + 1 < n:
            fetch(data, draws.order[t + AHEAD])
            fetch(data, draws.order[t + AHEAD + 1])
        q, r, g = 0.0, 0.0, data.intercept
        for j in range(p):
            q += x[j] * theta[j]
            r += z[j] * theta[j]
            g += x[j] * z[j]
        shrink, shrink_again = 1.0 - first * data.l2, 1.0 - second * data.l2
        w, w_again = weight_of(data, i), weight_of(data, k)
        # these depend on each other in a chain, so everything else is computed before
        e = q + (b - data.y[i])
        step = (first * w) * e
        f = (shrink * r + (b - data.y[k])) - step * g
        again = (second * w_again) * f
        squares += w * e * e
        if pair:
            squares += w_again * f * f
        if not finite(squares):
            return float("nan")
        both, carried = shrink * shrink_again, step * shrink_again
        if data.average:
            work[0], work[1], work[2], work[3], work[4], work[5] = (
                shrink,
                step,
                both,
                carried,
                again,
                (1.0 if pair else 0.0),
            )
            add_both(total, theta, x, z, p, work)
            total[p] += b - data.intercept * step
            if pair:
                total[p] += b - data.intercept * (step + again)
        for j in range(p):
            theta[j] = (both * theta[j] - carried * x[j]) - again * z[j]
        b = (b - data.intercept * step) - data.intercept * again
    theta[p] = b
    return squares


@reordered
def batch_updates(data: Samples, draws: Draws, size: int, theta: Pointer, total: Pointer, work: Pointer) -> float:
    """Update after each batch, by the mean gradient of its samples; work is of p + 1."""
    p, n, squares = data.p, draws.n, 0.0
    for u in range((n + size - 1) // size):
        start, stop = u * size, min(u * size + size, n)
        for j in range(p + 1):
            work[j] = 0.0
        for t in range(start, stop):
            i = draws.order[t]
            x, r = at(data.X, i * p), theta[p] - data.y[i]
            for j in range(p):
                r += x[j] * theta[j]
            weighted = weight_of(data, i) * r
            for j in range(p):
                work[j] += weighted * x[j]
            work[p] += weighted * data.intercept
            squares += weighted * r
        if not finite(squares):
            return float("nan")
        rate, m = 2.0 * draws.rates[u], float(stop - start)
        for j in range(p):
            theta[j] -= rate * (work[j] / m + data.l2 * theta[j])
        theta[p] -= rate * work[p] / m
        if data.average:
            for j in range(p + 1):
                total[j] += theta[j]
    return squares


@reordered
def corrected_updates(data: Samples, draws: Draws, theta: Pointer, gradient: Pointer, move: Pointer) -> float:
    """Steps of SVRG from the point of the full gradient; move is of p + 1."""
    p = data.p
    for j in range(p + 1):
        move[j] = 0.0
    for t in range(draws.n):
        i, rate = draws.order[t], draws.rates[t]
        x, r = at(data.X, i * p), move[p]
        for j in range(p):
            r += x[j] * move[j]
        step, shrink = 2.0 * rate * weight_of(data, i) * r, 1.0 - 2.0 * rate * data.l2
        for j in range(p):
            move[j] = shrink * move[j] - (step * x[j] + rate * gradient[j])
        move[p] -= data.intercept * (step + rate * gradient[p])
    for j in range(p + 1):
        theta[j] += move[j]
    return 0.0


@reordered
def saga_updates(data: Samples, draws: Draws, theta: Pointer, mean: Pointer, residuals: Pointer) -> float:
    """Steps of SAGA; mean, of p + 1, is that of ``w r (x, 1)`` over the residuals at the last visits."""
    p, n, squares = data.p, float(draws.n), 0.0
    for t in range(draws.n):
        i, rate = draws.order[t], 2.0 * draws.rates[t]
        x, w, r = at(data.X, i * p), weight_of(data, i), theta[p] - data.y[i]
        for j in range(p):
            r += x[j] * theta[j]
        squares += w * r * r
        if not finite(squares):
            return float("nan")
        change, shrink = w * (r - residuals[i]), 1.0 - rate * data.l2
        residuals[i] = r
        share, step = change / n, rate * change
        for j in range(p):
            theta[j] = shrink * theta[j] - (step * x[j] + rate * mean[j])
            mean[j] += share * x[j]
        theta[p] -= data.intercept * (step + rate * mean[p])
        mean[p] += data.intercept * share
    return squares
