"""Stochastic gradient descent from scratch: an update after each sample, or after each small batch.

With the objective of `backends.base.Problem`, update t on a batch B of m samples is

    coef      -= rate_t * (2/m * Σ_B x (x·coef + intercept - y) + 2 * l2 * coef)
    intercept -= rate_t *  2/m * Σ_B   (x·coef + intercept - y)

Three engines make the same updates, to rounding: the plain loop, blocks of samples in NumPy (`backends._sgd_blocks`),
and a compiled kernel (`backends._sgd_numba`).

scikit-learn's SGDRegressor takes the gradient of half the squared error: its ``eta0`` is twice ``learning_rate`` here,
its ``alpha`` is ``l2``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backends._cost import descent
from backends._sgd_blocks import blocks_engine
from backends.base import Cost, Device, IterativeBackend, Missing, Problem, Snapshot, Suspect, Workload, option

Float64 = NDArray[np.float64]
Order = NDArray[np.intp]
Epoch = Callable[[Order, Float64, Float64], float]
Engine = Callable[[Problem, int], Epoch]


class Prepared(NamedTuple):
    """A problem in float64 and the engine that will go through it."""

    problem: Problem
    engine: Engine


@dataclass(frozen=True, kw_only=True)
class ScratchSGD(IterativeBackend[Prepared]):
    """Stochastic gradient descent from zero, in float64 whatever the problem's dtype.

    A snapshot's loss is the mean square of the residuals that the epoch met, each taken before its own update, plus
    the penalty at the end of the epoch.

    Attributes
    ----------
    learning_rate : float
        The rate of the first update. A sample's update worsens its own residual where it passes 1 / (|x|² + 1).
    epochs : int
        The most passes over the samples that are made.
    batch_size : int
        Samples an update; what is left over at the end of an epoch is a smaller batch.
    shuffle : bool
        Whether every epoch takes the samples in a new random order, instead of as they come.
    flipflop : bool
        With ``shuffle``, whether every second epoch takes the order of the one before backwards. That halves the cost
        of shuffling, which is half the time of a compiled epoch over ten features, and on quadratics converges faster
        than a new order every time (S. Rajput, K. Lee, D. Papailiopoulos, "Permutation-based SGD: is random
        optimal?", ICLR 2022): at a small constant rate it ends several times nearer to the solution.
    seed : int
        Seed of the orders.
    schedule : {"constant", "invscaling"}
        The rate of update t, counted from 1 through all epochs: always ``learning_rate``, or that over ``t**power_t``.
    power_t : float
        The exponent of ``"invscaling"``.
    tolerance : float
        The iteration has converged when the loss of an epoch differs from that of the epoch before by no more than
        this; 0 means never.
    engine : {"auto", "numba", "blocks", "naive"}
        What makes the updates; the answer is the same to rounding. ``"auto"`` is ``"numba"`` where that can be
        imported, otherwise ``"blocks"``. Numba compiles in `prepare`, once a process.
    """

    takes_l2: ClassVar[bool] = True
    step_option: ClassVar[str | None] = "learning_rate"
    stopping_option: ClassVar[str | None] = "tolerance"
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("epochs", 10, "makes ten times as many passes", times=True),
        Suspect("learning_rate", 0.1, "takes a tenth of the step", times=True),
        Suspect("schedule", "invscaling", "lowers the rate from update to update"),
        Suspect("tolerance", 0.0, "never stops early"),
    )

    learning_rate: float = option(0.01, above=0)
    epochs: int = option(1000, at_least=1)
    batch_size: int = option(1, at_least=1)
    shuffle: bool = True
    flipflop: bool = True
    seed: int = option(0, at_least=0)
    schedule: Literal["constant", "invscaling"] = "constant"
    power_t: float = option(0.25, at_least=0)
    tolerance: float = option(0.0, at_least=0)
    engine: Literal["auto", "numba", "blocks", "naive"] = "auto"

    def cost(self, work: Workload) -> Cost:
        """Passes over the rows, in float64."""
        return descent(work._replace(itemsize=8))

    def prepare(self, problem: Problem, device: Device) -> Prepared:
        """Widen to float64 and, for Numba, compile.

        Raises
        ------
        Missing
            When Numba is asked for by name and cannot be imported.
        """
        X, y = (np.ascontiguousarray(each, dtype=np.float64) for each in (problem.X, problem.y))
        wide = Problem(X, y, problem.intercept, problem.l2)
        engine = _ENGINES[self.engine]()
        engine(Problem(X[:0], y[:0], problem.intercept, problem.l2), self.batch_size)
        return Prepared(wide, engine)

    def path(self, state: Prepared) -> Iterator[Snapshot]:
        """Pass over the samples until within the tolerance or out of epochs."""
        problem, engine = state
        n, d = problem.X.shape
        run = engine(problem, self.batch_size)
        theta = np.zeros(d + 1)
        before = np.inf
        for epoch, (order, rates) in enumerate(zip(self._orders(n), self._rates(n), strict=True), start=1):
            with np.errstate(over="ignore", invalid="ignore"):
                loss = run(order, rates, theta) + problem.l2 * float(theta[:-1].dot(theta[:-1]))
            converged = self.tolerance > 0 and abs(loss - before) <= self.tolerance
            before = loss
            yield Snapshot(epoch, lambda: (theta[:-1].copy(), float(theta[-1])), loss, converged)
            if converged:
                return

    def _orders(self, n: int) -> Iterator[Order]:
        """The order of the samples, epoch by epoch."""
        rng = np.random.default_rng(self.seed)
        order = np.arange(n)
        for epoch in range(self.epochs):
            if self.shuffle and self.flipflop and epoch % 2:
                order = order[::-1].copy()
            elif self.shuffle:
                rng.shuffle(order)
            yield order

    def _rates(self, n: int) -> Iterator[Float64]:
        """The rate of each update, epoch by epoch."""
        updates = -(-n // self.batch_size)
        constant = np.full(updates, self.learning_rate)
        for epoch in range(self.epochs):
            if self.schedule == "constant":
                yield constant
            else:
                t = np.arange(epoch * updates + 1, (epoch + 1) * updates + 1, dtype=np.float64)
                yield self.learning_rate / _power(t, self.power_t)


def _power(t: Float64, exponent: float) -> Float64:
    """``t**exponent``; the default exponent by square roots, because a power costs more than a sample's update."""
    root: Float64 = np.sqrt(np.sqrt(t)) if exponent == 0.25 else t**exponent
    return root


def _naive_engine(problem: Problem, batch_size: int) -> Epoch:
    """The updates as they are written down, one after another; as `backends._sgd_blocks.blocks_engine`."""
    X, y, l2 = problem.X, problem.y, problem.l2

    def epoch(order: Order, rates: Float64, theta: Float64) -> float:
        coef, squares = theta[:-1], 0.0
        for update, rate in enumerate(rates):
            batch = order[update * batch_size : (update + 1) * batch_size]
            A = X[batch]
            residuals = A @ coef + theta[-1] - y[batch]
            squares += float(residuals @ residuals)
            step = 2 * rate / len(batch)
            coef -= step * (A.T @ residuals) + 2 * rate * l2 * coef
            theta[-1] -= step * residuals.sum() * problem.intercept
        return squares / len(order)

    return epoch


def _numba_engine() -> Engine:
    try:
        from backends._sgd_numba import numba_engine
    except ImportError as error:
        raise Missing(f"numba cannot be imported ({error}); install numba or use engine='blocks'") from error
    return numba_engine


def _best_engine() -> Engine:
    try:
        return _numba_engine()
    except Missing:
        return blocks_engine


_ENGINES: dict[str, Callable[[], Engine]] = {
    "auto": _best_engine,
    "numba": _numba_engine,
    "blocks": lambda: blocks_engine,
    "naive": lambda: _naive_engine,
}
