"""The updates of full-batch descent, over the moments of the data or over its rows.

With f the objective, H and c such that its gradient is ``H t - c``, and s the last step:

- *gradient*: ``t -= rate ∇f(t)``.
- *heavy ball*: ``t += momentum s - rate ∇f(t)`` (B. T. Polyak, "Some methods of speeding up the convergence of
  iteration methods", USSR Comput. Math. Math. Phys. 4(5) (1964) 1-17, equation 9).
- *Nesterov*: the gradient is taken ahead, at ``t + (k - 1)/k' s`` with ``k' = (1 + √(1 + 4 k²))/2`` (Y. Nesterov, "A
  method for solving the convex programming problem with convergence rate O(1/k²)", Soviet Math. Dokl. 27 (1983)
  372-376), and k restarts at 1 where the step goes uphill (B. O'Donoghue, E. Candès, "Adaptive restart for
  accelerated gradient schemes", Found. Comput. Math. 15 (2015) 715-732, section 3.2): without restarts it oscillates
  about a unique solution.
- *line search*: along the negative gradient d by the length that is best, ``-∇f·d / d·Hd`` (A. Cauchy, C. R.
  Acad. Sci. Paris 25 (1847) 536-538; J. Nocedal, S. Wright, "Numerical optimization", 2nd ed. 2006, equation 3.26).
- *conjugate*: the same along ``-∇f + |∇f|²/|∇f before|² d`` (M. Hestenes, E. Stiefel, J. Res. NBS 49 (1952) 409-436).
  Over the rows it is CGLS, whose residual is updated and whose gradient is taken from it (Å. Björck, "Numerical methods
  for least squares problems", SIAM 1996, algorithm 7.4.1). Over the moments each gradient is the true one.

The first three end by the change of the objective. The last two end by the rules of C. Paige and M. Saunders, "LSQR: an
algorithm for sparse linear equations and sparse least squares", ACM TOMS 8 (1982) 43-71, section 6.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from backends._kernels.bound_descent import row_sums
from backends._moments import centred_moments
from backends._weights import total
from backends.base import Problem

Float64 = NDArray[np.float64]
Gradient = Callable[[Float64], tuple[float, Float64]]
"""Maps theta = (coef, intercept) to the loss and its gradient there."""
Update = Literal["gradient", "line_search", "heavy_ball", "nesterov", "conjugate"]


class Epoch(NamedTuple):
    """The result of an epoch: theta after it, the loss before its update, whether the stopping rule was met."""

    theta: Float64
    loss: float
    converged: bool


class Rule(NamedTuple):
    """How to update, and when to stop."""

    update: Update
    rate: float
    momentum: float
    tolerance: float

    @property
    def best(self) -> bool:
        """Whether each step has the optimal length along its direction."""
        return self.update in ("line_search", "conjugate")

    def tolerance_over(self, columns: int) -> float:
        """The tolerance; for a rule on the gradient at least the rounding error of sums of that many products."""
        return max(self.tolerance, columns * 2.0**-53) if self.best else self.tolerance


class System(Protocol):
    """What steps of optimal length need: the current point, and the curvature of the objective along a direction."""

    theta: Float64

    def loss_and_gradient(self) -> tuple[float, Float64]:
        """The loss and its gradient at theta."""

    def curvature(self, direction: Float64) -> float:
        """The second derivative along a direction."""

    def move(self, length: float, direction: Float64) -> None:
        """Take a step of this length along the direction that `curvature` was last called with."""

    def settled(self, loss: float, g: Float64, tolerance: float) -> bool:
        """Whether theta is the solution to within the tolerance, by the gradient."""


def fixed_steps(gradient: Gradient, start: Float64, rule: Rule) -> Iterator[Epoch]:
    """Epochs with a constant rate, endlessly."""
    theta = point = before = moved = step = start
    k, first = 1.0, True
    while True:
        loss, g = gradient(point)
        # The objective is quadratic, so it changed by the move along the mean gradient: nothing cancels.
        converged = not first and abs(float(moved.dot(before + g))) <= 2 * rule.tolerance
        updated = point - g * rule.rate
        if rule.update == "heavy_ball" and not first:
            updated += rule.momentum * step
        step, theta, following = updated - theta, updated, updated
        if rule.update == "nesterov":
            k_before = 1.0 if float(g.dot(step)) > 0 else k
            k = (1 + sqrt(1 + 4 * k_before * k_before)) / 2
            following = updated + (k_before - 1) / k * step
        before, moved, point, first = g, following - point, following, False
        yield Epoch(theta, loss, converged)


def best_steps(system: System, rule: Rule) -> Iterator[Epoch]:
    """Epochs with steps of optimal length, endlessly."""
    tolerance = rule.tolerance_over(len(system.theta))
    direction, before, first = np.zeros_like(system.theta), 0.0, True
    while True:
        loss, g = system.loss_and_gradient()
        settled, square = system.settled(loss, g, tolerance), float(g.dot(g))
        if not settled:
            keep = square / before if rule.update == "conjugate" and before > 0 else 0.0
            direction, before = keep * direction - g, square
            curvature = system.curvature(direction)
            if curvature > 0:
                system.move(-float(g.dot(direction)) / curvature, direction)
        yield Epoch(system.theta, loss, settled and not first)
        first = False


@dataclass(frozen=True, eq=False)
class Moments:
    """The objective without the rows, from one pass over them.

    With A = [X 1], it is ``t·Ht/2 - c·t + v`` and its gradient ``Ht - c``, where H is 2AᵀA/n (2 l2 added to the
    coefficients' diagonal), c is 2Aᵀ(y - ȳ)/n, v is |y - ȳ|²/n and t is theta with ȳ taken off the intercept. Taking
    the mean off avoids most of the cancellation. What is left makes the loss uncertain by a few roundings of v, times
    (mean/deviation)² for a column far from centred, on which descent would not converge anyway.
    """

    H: Float64
    c: Float64
    v: float
    offset: Float64

    @classmethod
    def of(cls, problem: Problem) -> "Moments":
        """Form the moments in one pass over the rows."""
        moments, n, d = centred_moments(problem), total(problem).hi, problem.X.shape[1]
        row_mean = np.append(moments.shift.features + moments.mean, 1.0) * problem.intercept
        H = 2 * np.outer(row_mean, row_mean)
        H[:d, :d] += 2 * (moments.G / n + problem.l2 * np.eye(d))
        c = 2 * np.append(moments.c / n, 0.0)
        offset = np.append(np.zeros(d), moments.shift.target + moments.target_mean)
        return cls(H, c, moments.target_square / n, offset)

    def gradient(self, theta: Float64) -> tuple[float, Float64]:
        """The loss and its gradient."""
        t = theta - self.offset
        g = self.H.dot(t) - self.c  # for so few numbers `dot` takes half the time of `@`
        return float(t.dot(g - self.c)) / 2 + self.v, g


class OverMoments:
    """A `System` of moments."""

    def __init__(self, moments: Moments, start: Float64) -> None:
        self._moments, self.theta = moments, start

    def loss_and_gradient(self) -> tuple[float, Float64]:
        """Computed afresh each time, so that nothing drifts."""
        return self._moments.gradient(self.theta)

    def curvature(self, direction: Float64) -> float:
        """One product with H."""
        return float(direction.dot(self._moments.H.dot(direction)))

    def move(self, length: float, direction: Float64) -> None:
        """Update theta."""
        self.theta = self.theta + length * direction

    def settled(self, loss: float, g: Float64, tolerance: float) -> bool:
        """Paige and Saunders' first rule for ``H t = c``: t solves a system within the relative tolerance of it."""
        H, c, offset = self._moments.H, self._moments.c, self._moments.offset
        size = _norm(self.theta - offset) + _norm(offset)
        return _norm(g) <= tolerance * (_norm(H) * size + _norm(c))


class OverRows:
    """A `System` of rows: two products with X per epoch."""

    def __init__(self, problem: Problem, start: Float64) -> None:
        self._X, y = (each.astype(np.float64, copy=False) for each in (problem.X, problem.y))
        self._problem, self._n, self.theta = problem, total(problem).hi, start
        self._r = y - self._product(start)
        weighted = self._X if problem.weights is None else self._X * np.sqrt(problem.weights)[:, None]
        ones = self._n * problem.intercept
        self._norm = sqrt((float(np.vdot(weighted, weighted)) + ones) / self._n + problem.l2 * self._X.shape[1])
        self._target = sqrt(float(y.dot(self._weighted(y))) / self._n)

    def _product(self, theta: Float64) -> Float64:
        product: Float64 = self._X @ theta[:-1] + theta[-1]
        return product

    def _weighted(self, r: Float64) -> Float64:
        return r if self._problem.weights is None else self._problem.weights * r

    def loss_and_gradient(self) -> tuple[float, Float64]:
        """From the updated residual."""
        weighted, coef, l2 = self._weighted(self._r), self.theta[:-1], self._problem.l2
        g = np.append(-(2 / self._n) * (self._X.T @ weighted) + 2 * l2 * coef, 0.0)
        if self._problem.intercept:
            g[-1] = -(2 / self._n) * float(weighted.sum())
        return float(weighted.dot(self._r)) / self._n + l2 * float(coef.dot(coef)), g

    def curvature(self, direction: Float64) -> float:
        """One product with X, kept for `move`."""
        self._q = self._product(direction)
        slope = direction[:-1]
        square = float(self._q.dot(self._weighted(self._q))) / self._n
        return 2 * (square + self._problem.l2 * float(slope.dot(slope)))

    def move(self, length: float, direction: Float64) -> None:
        """Update theta and the residual."""
        self.theta = self.theta + length * direction
        self._r = self._r - length * self._q

    def settled(self, loss: float, g: Float64, tolerance: float) -> bool:
        """Paige and Saunders' first rule, for consistent data, or their second."""
        root = sqrt(loss) if loss > 0 else 0.0
        consistent = root <= tolerance * (self._target + self._norm * _norm(self.theta))
        return consistent or _norm(g) / 2 <= tolerance * self._norm * root


def over_rows(problem: Problem) -> Gradient:
    """The gradient by one pass over the rows per call; each sum runs from the first row to the last."""
    X, y = (each.astype(np.float64, copy=False) for each in (problem.X, problem.y))
    d, n = X.shape[1], total(problem).hi
    sums = row_sums(problem, X, y) or _NumpySums(X, y, problem.weights)

    def gradient(theta: Float64) -> tuple[float, Float64]:
        found, coef = sums(theta), theta[:d]
        g = -(2 / n) * found[: d + 1]
        g[:d] += 2 * problem.l2 * coef
        g[d] *= problem.intercept
        return float(found[d + 1] / n + problem.l2 * (coef @ coef)), g

    return gradient


class _NumpySums:
    """As `backends._kernels.bound_descent.RowSums`."""

    def __init__(self, X: Float64, y: Float64, weights: Float64 | None) -> None:
        self._X, self._y, self._weights = X, y, weights

    def __call__(self, theta: Float64) -> Float64:
        residuals = self._y - (self._X @ theta[:-1] + theta[-1])
        weighted = residuals if self._weights is None else self._weights * residuals
        of_columns = _add_up(self._X * weighted[:, None])
        return np.array([*of_columns, _add_up(weighted), _add_up(weighted * residuals)])


def _add_up(terms: Float64) -> Float64:
    """Sum over the first axis one after another, as Python's sum; NumPy's own sum pairs terms, to other last digits."""
    last: Float64 = np.add.accumulate(terms, axis=0)[-1]
    return last


def _norm(a: Float64) -> float:
    return float(np.sqrt(np.vdot(a, a)))
