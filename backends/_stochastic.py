"""Stochastic updates in plain form, one after another, and the order of the samples.

With ``a = (x, 1)``, ``r = a·theta - y``, w the sample's weight (weights have a mean of 1), f the objective and B a
batch of m samples (fewer at the end of an epoch):

- *plain*: ``theta -= rate (2/m Σ_B w r a + 2 l2 coef)`` (H. Robbins, S. Monro, Ann. Math. Stat. 22 (1951) 400-407).
- *SVRG*: with s where the last epoch ended and g the whole gradient there, ``theta -= rate (2 w a a·(theta - s) + 2 l2
  (coef - s) + g)``: for a square, the difference of a sample's gradients needs no residual, so that residuals' rounding
  errors do not grow (R. Johnson, T. Zhang, "Accelerating stochastic gradient descent using predictive
  variance reduction", NIPS 26 (2013) 315-323, procedure SVRG, option I, with n inner steps).
- *SAGA*: with q the sample's residual at its last visit and G the mean of ``w q a`` over all of them,
  ``theta -= 2 rate (w (r - q) a + G + l2 coef)``, then q = r (A. Defazio, F. Bach, S. Lacoste-Julien, "SAGA: a fast
  incremental gradient method with support for non-strongly convex composite objectives", NIPS 27 (2014) 1646-1654,
  equation 7). All q are 0 at first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backends.base import Problem

Float64 = NDArray[np.float64]
Order = NDArray[np.intp]


class Passes(Protocol):
    """Epochs over the samples of a problem in float64; each updates theta = (coef, intercept) in place."""

    def updates(self, order: Order, rates: Float64, theta: Float64, total: Float64 | None) -> float:
        """Plain updates; the mean of ``w r²``, each r before its own update, and NaN as soon as one is not finite.

        Every iterate is added to ``total``, where there is one.
        """

    def corrected(self, order: Order, rates: Float64, theta: Float64, gradient: Float64) -> None:
        """SVRG's updates, from the theta where ``gradient`` was taken."""

    def saga(self, order: Order, rates: Float64, theta: Float64, mean: Float64, residuals: Float64) -> float:
        """SAGA's updates; also updates the mean and the residuals in place. Returns what `updates` does."""


class InNumPy:
    """Shared by the engines in NumPy: their random numbers."""

    def shuffler(self, seed: int) -> Shuffles:
        """NumPy's generator for a seed."""
        return np.random.default_rng(seed)

    def drawing(self, seed: int) -> Drawing:
        """Draws from that generator."""
        return Searches(seed)


class OneByOne(InNumPy):
    """The updates in plain NumPy, one by one."""

    def __init__(self, problem: Problem, batch_size: int) -> None:
        n = len(problem.y)
        self._problem, self._batch_size = problem, batch_size
        self._weights = np.ones(n) if problem.weights is None else problem.weights

    def updates(self, order: Order, rates: Float64, theta: Float64, total: Float64 | None) -> float:
        """As `Passes.updates`."""
        X, y, l2, size = self._problem.X, self._problem.y, self._problem.l2, self._batch_size
        coef, squares = theta[:-1], 0.0
        for update, rate in enumerate(rates):
            batch = order[update * size : (update + 1) * size]
            A = X[batch]
            residuals = A @ coef + theta[-1] - y[batch]
            weighted = self._weights[batch] * residuals
            squares += float(weighted @ residuals)
            step = 2 * rate / len(batch)
            coef -= step * (A.T @ weighted) + 2 * rate * l2 * coef
            theta[-1] -= step * weighted.sum() * self._problem.intercept
            if total is not None:
                total += theta
        return squares / max(len(order), 1)

    def corrected(self, order: Order, rates: Float64, theta: Float64, gradient: Float64) -> None:
        """As `Passes.corrected`."""
        move = np.zeros_like(theta)
        for i, rate in zip(order, rates, strict=True):
            x = self._problem.X[i]
            step = 2 * self._weights[i] * (x @ move[:-1] + move[-1])
            move[:-1] -= rate * (step * x + 2 * self._problem.l2 * move[:-1] + gradient[:-1])
            move[-1] -= rate * (step + gradient[-1]) * self._problem.intercept
        theta += move

    def saga(self, order: Order, rates: Float64, theta: Float64, mean: Float64, residuals: Float64) -> float:
        """As `Passes.saga`."""
        squares, intercept = 0.0, self._problem.intercept
        for i, rate in zip(order, rates, strict=True):
            x, w = self._problem.X[i], self._weights[i]
            r = float(x @ theta[:-1] + theta[-1] - self._problem.y[i])
            squares += w * r * r
            change, residuals[i] = w * (r - residuals[i]), r
            theta[:-1] -= 2 * rate * (change * x + mean[:-1] + self._problem.l2 * theta[:-1])
            theta[-1] -= 2 * rate * (change + mean[-1]) * intercept
            mean[:-1] += change / len(order) * x
            mean[-1] += change / len(order) * intercept
        return squares / max(len(order), 1)


class Drawing(Protocol):
    """Draws with replacement."""

    def among(self, cumulated: Float64) -> Callable[[int], Order]:
        """Returns a function that draws ``count`` indices, given cumulated weights whose last is above 0."""


class Searches:
    """Draws by binary search, from NumPy's generator for a seed."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def among(self, cumulated: Float64) -> Callable[[int], Order]:
        """As `Drawing.among`."""

        def drawn(count: int) -> Order:
            found = np.searchsorted(cumulated, self._rng.random(count) * cumulated[-1], side="right")
            kept: Order = np.minimum(found, len(cumulated) - 1)
            return kept

        return drawn


class Kaczmarz:
    """Projections onto one sample's equation at a time: updates whose rate is ``1 / (2 w |a|²)``.

    A sample is drawn with a probability proportional to ``w |a|²`` (T. Strohmer, R. Vershynin, "A randomized Kaczmarz
    algorithm with exponential convergence", J. Fourier Anal. Appl. 15 (2009) 262-278, algorithm 1).

    On data with residuals, the iterates come no nearer to the solution than a distance proportional to the residuals
    (D. Needell, "Randomized Kaczmarz solver for noisy linear systems", BIT 50 (2010) 395-403). The
    *extended* method first removes the residuals from the target, by projections onto columns (A. Zouzias, N. Freris,
    "Randomized extended Kaczmarz for solving least squares", SIAM J. Matrix Anal. Appl. 34 (2013) 773-793, algorithm
    3), and converges to the solution. Here an epoch has as many column projections as columns, then as many row
    projections as rows. Alternating them, as in the paper, would cost more by a factor of rows over columns.
    """

    def __init__(self, problem: Problem, draws: Drawing) -> None:
        X, weights = problem.X, problem.weights
        self._problem = problem
        self._root = np.ones(len(X)) if weights is None else np.sqrt(weights)
        squares = np.einsum("ij,ij->i", X, X) + problem.intercept
        self._rates = 1 / (2 * self._root**2 * np.where(squares > 0, squares, 1.0))
        self._some_rows = _drawing(draws, self._root**2 * squares)
        ones = np.full(int(problem.intercept), (self._root**2).sum())
        self._lengths = np.append(np.einsum("ij,ij,i->j", X, X, self._root**2), ones)
        self._some_columns = _drawing(draws, self._lengths)
        self._rest = self._root * problem.y

    def draws(self, *, shuffle: bool) -> tuple[Order, Float64]:
        """The samples of an epoch, drawn or (without ``shuffle``) in order, and the rates of their updates."""
        n = len(self._rates)
        order = self._some_rows(n) if shuffle else np.arange(n)
        return order, self._rates[order]

    def without_residuals(self) -> Float64:
        """The target minus its residuals, as far as the projections so far have found them."""
        for j in self._some_columns(len(self._lengths)):
            column = self._root if j == self._problem.X.shape[1] else self._root * self._problem.X[:, j]
            self._rest -= float(column @ self._rest) / self._lengths[j] * column
        target: Float64 = self._problem.y - self._rest / self._root
        return target


def _drawing(draws: Drawing, weights: Float64) -> Callable[[int], Order]:
    """Returns a function that draws ``count`` indices with these weights; none where all weights are 0."""
    cumulated = np.cumsum(weights)
    if not cumulated.size or not cumulated[-1] > 0:
        return lambda _count: np.zeros(0, np.intp)
    return draws.among(cumulated)


class Shuffles(Protocol):
    """NumPy's generator, or one that gives the same orders."""

    def shuffle(self, order: Order) -> None:
        """Shuffle in place."""


def orders(n: int, epochs: int, rng: Shuffles, *, shuffle: bool, flipflop: bool) -> Iterator[Order]:
    """The order of the samples, epoch by epoch."""
    order = np.arange(n)
    for epoch in range(epochs):
        if shuffle and flipflop and epoch % 2:
            order = order[::-1].copy()
        elif shuffle:
            rng.shuffle(order)
        yield order
