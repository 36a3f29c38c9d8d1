"""The largest change of a fitted value, the only score that needs a pass over the rows."""

import math
from collections.abc import Iterator, Sequence

import flint
import numpy as np
from numpy.typing import NDArray

from backends._double_double import Pair, residual
from backends.base import Array
from harness.reference.rationals import of_float
from harness.reference.rounding import nearest

Float64 = NDArray[np.float64]

BLOCK_ENTRIES = 1 << 16
ENOUGH = 1e-3
"""Relative error up to which float64 suffices."""


@np.errstate(over="ignore", invalid="ignore")
def largest_change(
    X: Array, errors: Sequence[flint.fmpq], near: Float64, reach: Sequence[float], weights: Float64 | None = None
) -> float:
    """``max_i |x_i · errors|``, in float64, or in twice its precision where that cancels.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    errors : sequence of fmpq
        Of each coefficient, then of the intercept where there is one.
    near : ndarray of shape (n_errors,)
        The same, rounded.
    reach : sequence of float, length n_features
        Bounds on the values of each column, times the root of their rows' weights.
    weights : ndarray of shape (n_samples,), optional
        A row's change is multiplied by the root of its weight.
    """
    p = X.shape[1]
    constant = near[p] if len(near) > p else 0.0
    change = _most(root * (block @ near[:p] + constant) for block, root in _blocks(X, weights))
    most = 1.0 if weights is None else math.sqrt(weights.max())
    sizes = [a * abs(b) for a, b in zip([*reach, most], near.tolist(), strict=False)]
    doubt = (p + 2) * 2.0**-53 * sum(sizes)
    if not doubt > ENOUGH * change or not math.isfinite(doubt):
        return math.inf if math.isnan(change) else change
    step = np.append(near, 0.0)[: p + 1]
    rest = [
        nearest(e - of_float(near)) if math.isfinite(near) else 0.0
        for e, near in zip([*errors, flint.fmpq(0)], step.tolist(), strict=False)
    ]
    whole = Pair(step, np.array(rest, dtype=np.float64))
    return _most(root * _twice(block, whole) for block, root in _blocks(X, weights))


def _twice(block: Float64, step: Pair) -> Float64:
    A = np.column_stack([block, np.ones(len(block))])
    return residual(Pair.of(np.zeros(len(block))), A, step).hi


def _blocks(X: Array, weights: Float64 | None) -> Iterator[tuple[Float64, Float64 | float]]:
    """Blocks of rows, with the roots of their weights."""
    step = max(1, BLOCK_ENTRIES // max(1, X.shape[1]))
    for row in range(0, len(X), step):
        rows = slice(row, row + step)
        yield X[rows].astype(np.float64, copy=False), 1.0 if weights is None else np.sqrt(weights[rows])


def _most(changes: Iterator[Float64]) -> float:
    return max((float(np.abs(each).max(initial=0.0)) for each in changes), default=0.0)
