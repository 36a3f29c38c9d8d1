"""More parameters than rows: the shortest coefficients that satisfy every equation.

With an intercept, the first row is subtracted from the others: ``M c = z``, whose elements, differences of two float64,
are exact in twice the working precision. The intercept is then ``y_0 - x_0·c``. If the rows of M are independent, the
shortest solution is ``c = Mᵀλ, M Mᵀλ = z``. It is refined by the R of Mᵀ, with residuals in twice the working
precision. Weights do not matter where every equation is satisfied.

References
----------
Å. Björck, "Numerical Methods for Least Squares Problems", SIAM 1996, section 1.3.2 (minimum norm).
"""

import numpy as np
from numpy.typing import NDArray

from backends._augmented import FLOOR, ROUNDED, back_substitution, forward_substitution, is_regular, triangular_factor
from backends._double_double import Pair, add, gradient, ldexp, multiply, pairwise_sum, residual, two_sum
from backends._rows import exponent_of
from backends.base import Fit, Problem

Float64 = NDArray[np.float64]


def solve_wide(problem: Problem) -> Fit | None:
    """The shortest coefficients that satisfy every equation; None where rows are dependent or too many."""
    X, y = problem.X, problem.y
    if problem.weights is not None:
        X, y = X[problem.weights > 0], y[problem.weights > 0]
    if problem.l2 or not 0 < len(y) < problem.X.shape[1] + problem.intercept:
        return None
    size, target = (int(exponent_of(np.abs(each).max(initial=0.0))) for each in (X, y))
    A, b = Pair.of(np.ldexp(X.astype(np.float64), size)), Pair.of(np.ldexp(y.astype(np.float64), target))
    M, z = A, b
    if problem.intercept:
        M, z = (Pair(*two_sum(each.hi[1:], -each.hi[:1])) for each in (A, b))
    rows = exponent_of(np.abs(M.hi).max(axis=1, initial=0.0))
    M, z = ldexp(M, rows[:, None]), ldexp(z, rows)
    R = triangular_factor(M.hi.T)
    if not is_regular(R):
        return None
    c, converged = shortest(M, z, R)
    intercept = 0.0
    if problem.intercept:
        products = multiply(A.at(0), -c)
        intercept = float(pairwise_sum(np.append(products.hi, b.hi[0]), np.append(products.lo, 0.0)).hi)
    coef = np.ldexp(c.hi, size - target)
    return Fit(coef, float(np.ldexp(intercept, -target)), converged, iterations=None, rank=len(y))


def shortest(M: Pair, z: Pair, R: Float64) -> tuple[Pair, bool]:
    """The shortest c with ``M c = z``, M of full row rank and R the triangular factor of Mᵀ; whether it converged."""
    multiplier, rest, before = Pair.of(np.zeros(len(R))), z, np.inf
    while True:
        step = back_substitution(R, forward_substitution(R, rest.hi))
        multiplier = add(multiplier, Pair.of(step))
        now, largest = float(np.abs(step).max(initial=0.0)), float(np.abs(multiplier.hi).max(initial=0.0))
        following = now if np.isinf(before) else now * (now / before)  # corrections shrink by the same factor
        c = gradient(M, multiplier)
        # also true of NaN
        if following <= ROUNDED * largest or not FLOOR * largest < now <= before / 2:
            return c, bool(following <= ROUNDED * largest)
        rest, before = residual(z, M, c), now
