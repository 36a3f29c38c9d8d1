"""A cheap check that a cached answer can be the exact one for the data.

At the exact answer the gradient in float64 must be within rounding of 0, and the sum of squares must be the cached one.
It takes one pass over the rows. It detects answers to other data, not errors in the last digits.
"""

import math
from fractions import Fraction

import numpy as np

from backends.base import Problem
from harness.passes import Watch, steps, unwatched
from harness.reference.answer import Reference
from harness.reference.rounding import nearest

BLOCK_ENTRIES = 1 << 16
CLOSE = 1e-9
"""Relative difference allowed for summing the weights in float64."""

ROOM = 64.0
"""Multiple of a sum's typical rounding error that is allowed in a gradient."""


@np.errstate(all="ignore")
def is_plausible(problem: Problem, reference: Reference, watch: Watch = unwatched) -> bool:
    """Whether a reference can be the exact answer to a problem."""
    exact = reference.exact
    rounded = [nearest(each) for each in exact.coef]
    if rounded != reference.coef.tolist() or nearest(exact.intercept) != reference.intercept:
        return False
    if problem.weights is None:
        if nearest(exact.residual / len(problem.y)) != reference.loss:
            return False
    elif not math.isclose(nearest(exact.residual) / float(problem.weights.sum()), reference.loss, rel_tol=CLOSE):
        return False
    if exact.residual > exact.minimum:
        return False
    if Fraction(problem.l2) == 0 and exact.residual + exact.fitted < exact.total:
        return False
    return _gradient_is_rounding(problem, reference, watch)


def _gradient_is_rounding(problem: Problem, reference: Reference, watch: Watch) -> bool:
    X, y = problem.X, problem.y
    p = X.shape[1]
    b, c = reference.coef, reference.intercept
    weights, total = problem.weights, float(len(y)) if problem.weights is None else float(problem.weights.sum())
    gradient, size, squares, sizes = np.zeros(p + 1), np.zeros(p + 1), 0.0, 0.0
    step = max(1, BLOCK_ENTRIES // max(1, p))
    for rows in steps("checking the cached answer", len(y), step, X.itemsize * (p + 1), watch):
        A = X[rows].astype(np.float64, copy=False)
        r = A @ b + c - y[rows]
        scale = np.abs(A) @ np.abs(b) + abs(c) + np.abs(y[rows])
        w = 1.0 if weights is None else weights[rows]
        gradient += np.append((w * r) @ A, (w * r).sum())
        size += np.append((w * scale) @ np.abs(A), (w * scale).sum())
        squares += float((w * r) @ r)
        sizes += float((w * scale) @ scale)
    penalty = total * problem.l2 * b
    gradient[:p] += penalty
    size[:p] += np.abs(penalty)
    if not problem.intercept:
        gradient, size = gradient[:p], size[:p]
    unit = ROOM * 2.0**-53 * (p + 2)
    if not (np.isfinite(size).all() and math.isfinite(sizes)):
        return True  # overflow: float64 cannot tell
    spread = unit * math.sqrt(sizes)
    near = abs(math.sqrt(squares) - math.sqrt(reference.loss * total)) <= spread
    return bool((np.abs(gradient) <= unit * size).all()) and near
