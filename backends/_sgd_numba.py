"""Stochastic gradient descent compiled with Numba. Imported only where Numba is asked for."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from backends.base import Problem

Float64 = NDArray[np.float64]
Order = NDArray[np.intp]

# Sums may be reordered and fused, so that they use the vector unit; NaN and infinity keep their meaning. No cache on
# disk: it would have to be written beside the installed package, and read back with pickle.
_compiled: Callable[..., Any] = njit(fastmath={"reassoc", "contract"}, cache=False, nogil=True)


def numba_engine(problem: Problem, batch_size: int) -> Callable[[Order, Float64, Float64], float]:
    """One epoch of updates as a function of the order of the samples, the rates of the updates, and theta.

    As `backends._sgd_blocks.blocks_engine`. The kernel is compiled when this is called.
    """
    X, y, l2, intercept = problem.X, problem.y, float(problem.l2), float(problem.intercept)
    if batch_size == 1:
        kernel: Callable[..., float] = _samples
        extra: tuple[Any, ...] = ()
    else:
        kernel, extra = _batches, (batch_size,)

    def epoch(order: Order, rates: Float64, theta: Float64) -> float:
        return kernel(X, y, l2, intercept, order, rates, theta, *extra)

    epoch(np.empty(0, np.intp), np.empty(0), np.empty(X.shape[1] + 1))
    return epoch


@_compiled
def _samples(
    X: Float64, y: Float64, l2: float, intercept: float, order: Order, rates: Float64, theta: Float64
) -> float:
    """Update after each sample, two samples at a time.

    The second residual needs the first update only along its own row: with e = 1 - 2 rate l2 and h = 2 rate r of the
    first, it is e x'·w - h (x'·x + 1) + b - y'. So the three products of a pair are independent, and the coefficients
    are read and written once instead of twice.
    """
    n, d = len(order), X.shape[1]
    b = theta[d]
    squares = 0.0
    for t in range(0, n, 2):
        i, first = order[t], 2.0 * rates[t]
        pair = t + 1 < n
        k, second = (order[t + 1], 2.0 * rates[t + 1]) if pair else (i, 0.0)
        p, q, g = 0.0, 0.0, intercept
        for j in range(d):
            p += X[i, j] * theta[j]
            q += X[k, j] * theta[j]
            g += X[i, j] * X[k, j]
        shrink, shrink_again = 1.0 - first * l2, 1.0 - second * l2
        r = p + b - y[i]
        step = first * r
        s = shrink * q - step * g + b - y[k]
        step_again = second * s
        squares += r * r
        if pair:
            squares += s * s
        if not np.isfinite(squares):
            return np.nan
        both, carried = shrink * shrink_again, step * shrink_again
        for j in range(d):
            theta[j] = both * theta[j] - (carried * X[i, j] + step_again * X[k, j])
        b -= intercept * (step + step_again)
    theta[d] = b
    return squares / max(n, 1)


@_compiled
def _batches(
    X: Float64,
    y: Float64,
    l2: float,
    intercept: float,
    order: Order,
    rates: Float64,
    theta: Float64,
    batch_size: int,
) -> float:
    """Update after each batch, by the mean gradient of its samples."""
    n, d = len(order), X.shape[1]
    gradient = np.empty(d + 1)
    squares = 0.0
    for u in range(len(rates)):
        start = u * batch_size
        stop = min(start + batch_size, n)
        gradient[:] = 0.0
        for t in range(start, stop):
            i = order[t]
            r = theta[d] - y[i]
            for j in range(d):
                r += X[i, j] * theta[j]
            for j in range(d):
                gradient[j] += r * X[i, j]
            gradient[d] += r * intercept
            squares += r * r
        if not np.isfinite(squares):
            return np.nan
        rate = 2.0 * rates[u]
        for j in range(d):
            theta[j] -= rate * (gradient[j] / (stop - start) + l2 * theta[j])
        theta[d] -= rate * gradient[d] / (stop - start)
    return squares / max(n, 1)
