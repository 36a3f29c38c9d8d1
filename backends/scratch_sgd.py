"""Stochastic gradient descent from scratch: an update after each sample, or after each small batch.

With the objective of `backends.base.Problem`, update t on a batch B of m samples is

    coef      -= rate_t * (2/m * Σ_B x (x·coef + intercept - y) + 2 * l2 * coef)
    intercept -= rate_t *  2/m * Σ_B   (x·coef + intercept - y)

`backends._stochastic` has the other updates. Three engines make the same updates, up to rounding: the plain loop,
blocks of samples in NumPy (`backends._sgd_blocks`), and a compiled kernel (`backends._kernels.stochastic`).

scikit-learn's SGDRegressor takes the gradient of half the squared error: its ``eta0`` is twice ``learning_rate`` here,
its ``alpha`` is ``l2``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backends._cost import descent
from backends._descent import over_rows
from backends._kernels import machine_code
from backends._kernels.bound_stochastic import (
    FLIPFLOP,
    IN_TURN,
    SHUFFLED,
    CompiledPasses,
    Walk,
    WalkPlan,
    compiled_passes,
)
from backends._sgd_blocks import InBlocks
from backends._stochastic import Kaczmarz, OneByOne, Order, orders
from backends._weights import counted, mean_one
from backends.base import (
    Cost,
    Device,
    Fit,
    IterativeBackend,
    Missing,
    Problem,
    Snapshot,
    Suspect,
    Unsupported,
    Workload,
    option,
)

Float64 = NDArray[np.float64]
Engine = CompiledPasses | InBlocks | OneByOne

RATES_PER_CALL = 1 << 16
"""Rates per call of the kernel, about: half a mebibyte."""


class Prepared(NamedTuple):
    """A problem in float64 whose weights have a mean of 1, and its engine, which reads ``y``."""

    problem: Problem
    engine: Engine
    y: Float64


@dataclass(frozen=True, kw_only=True)
class ScratchSGD(IterativeBackend[Prepared]):
    """Stochastic gradient descent from zero, in float64 whatever the problem's dtype.

    A snapshot's loss is the mean square of the epoch's residuals, each taken before its own update, plus the penalty at
    the end of the epoch; with ``"svrg"`` it is the objective at the start of the epoch.

    Weights, scaled to a mean of 1, multiply a sample's part of the gradient. Samples of weight 0 are left out.

    Attributes
    ----------
    update : {"plain", "svrg", "saga", "kaczmarz", "extended_kaczmarz"}
        ``"plain"`` stops short of the solution, at a distance that falls with the rate. ``"svrg"`` (Johnson & Zhang
        2013) and ``"saga"`` (Defazio, Bach & Lacoste-Julien 2014) reduce the variance of the steps, so that they
        converge with a constant rate; an epoch of svrg passes over the samples twice. Convergence is certain for rates
        below 1 / (6 (|x|² + 1)) with the longest sample x. ``"kaczmarz"`` (Strohmer & Vershynin 2009) projects onto the
        equation of one sample at a time, drawn by its length; on data with residuals it stops at a distance
        proportional to them. ``"extended_kaczmarz"`` (Zouzias & Freris 2013) removes the residuals first, and
        converges. Both take no rate and no penalty.
    average : int
        The first epoch of averaging: the answer is the mean of all iterates from it on (D. Ruppert 1988; B. Polyak, A.
        Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J. Control Optim. 30 (1992) 838-855); 0
        means no averaging.
    learning_rate : float
        The rate of the first update. Above 1 / (|x|² + 1), a sample's update increases its own residual.
    epochs : int
        The maximum number of passes over the samples.
    batch_size : int
        Samples per update; the last batch of an epoch may be smaller.
    shuffle : bool
        Whether every epoch has a new random order (Kaczmarz: random draws), instead of the order of the rows.
    flipflop : bool
        With ``shuffle``, whether every second epoch reverses the order of the one before. That halves the cost of
        shuffling, and on quadratics converges faster than a new order every time (S. Rajput, K. Lee, D.
        Papailiopoulos, "Permutation-based SGD: is random optimal?", ICLR 2022): at a small constant rate it ends
        several times nearer to the solution.
    seed : int
        Seed of the orders.
    schedule : {"constant", "invscaling"}
        The rate of update t, counted from 1 through all epochs: ``learning_rate``, or that over ``t**power_t``.
    power_t : float
        The exponent of ``"invscaling"``.
    tolerance : float
        The iteration has converged when the loss of an epoch differs from that of the epoch before by at most this; 0
        means never.
    engine : {"auto", "numba", "blocks", "naive"}
        The implementation of the updates; the answer is the same up to rounding. ``"auto"`` is ``"numba"``, the
        compiled kernel, where there is one, otherwise ``"blocks"``, or ``"naive"`` for updates without blocks:
        ``"svrg"``, ``"saga"`` and ``"extended_kaczmarz"``.

    Raises
    ------
    ValueError
        For batches or averages with updates other than ``"plain"``.
    """

    takes_l2: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = True
    step_option: ClassVar[str | None] = "learning_rate"
    stopping_option: ClassVar[str | None] = "tolerance"
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("epochs", 10, "makes ten times as many passes", times=True),
        Suspect("learning_rate", 0.1, "takes a tenth of the step", times=True),
        Suspect("schedule", "invscaling", "lowers the rate from update to update"),
        Suspect("tolerance", 0.0, "never stops early"),
        Suspect("average", 2, "averages the iterates from the second epoch on"),
        Suspect("update", "saga", "reduces the variance of the steps"),
        Suspect("update", "extended_kaczmarz", "projects onto one sample's equation at a time"),
    )

    update: Literal["plain", "svrg", "saga", "kaczmarz", "extended_kaczmarz"] = "plain"
    average: int = option(0, at_least=0)
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

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch_size > 1 and self.update != "plain":
            raise ValueError(f"batch_size: got {self.batch_size} with update {self.update!r}, wanted 1, or 'plain'")
        if self.average and self.update != "plain":
            raise ValueError(f"average: got {self.average} with update {self.update!r}, wanted 0, or 'plain'")

    def build(self) -> None:
        """Compile the kernels, unless the cache has them."""
        if self.engine in ("auto", "numba"):
            machine_code.load("stochastic")

    def versions(self, state: Prepared) -> dict[str, str]:
        """The compilers of the kernel, where one is used."""
        return {"kernels": state.engine.versions} if isinstance(state.engine, CompiledPasses) else {}

    def cost(self, work: Workload) -> Cost:
        """Passes over the rows, in float64: two per epoch of svrg and of the extended Kaczmarz method."""
        once = descent(work._replace(itemsize=8))
        return once * 2 if self.update in ("svrg", "extended_kaczmarz") else once

    def prepare(self, problem: Problem, device: Device) -> Prepared:
        """Widen to float64, leave out samples of weight 0 and load the kernel.

        Raises
        ------
        Missing
            When ``engine="numba"`` and there is no kernel.
        Unsupported
            For updates that ``engine="blocks"`` does not have, and for Kaczmarz with a penalty.
        """
        if problem.l2 > 0 and self.update in ("kaczmarz", "extended_kaczmarz"):
            raise Unsupported(f"update {self.update!r} has no l2 penalty, got l2={problem.l2:g}; use update='saga'")
        problem = counted(problem)
        X = np.ascontiguousarray(problem.X, dtype=np.float64)
        y = np.array(problem.y, dtype=np.float64) if self._changes_y else np.ascontiguousarray(problem.y, np.float64)
        wide = replace(problem, X=X, y=y, weights=mean_one(problem))
        return Prepared(replace(wide, y=y.copy()) if self._changes_y else wide, self._engine(wide), y)

    @property
    def _changes_y(self) -> bool:
        return self.update == "extended_kaczmarz"

    def _engine(self, problem: Problem) -> Engine:
        in_blocks = self.update in ("plain", "kaczmarz")
        if self.engine == "blocks" and not in_blocks:
            raise Unsupported(f"update {self.update!r} has no blocks; use engine='naive' or 'numba'")
        found = compiled_passes(problem, self.batch_size) if self.engine in ("auto", "numba") else None
        if found is None and self.engine == "numba":
            raise Missing("there is no compiled kernel; install numba or use engine='auto'")
        if found is not None:
            return found
        return (InBlocks if in_blocks and self.engine != "naive" else OneByOne)(problem, self.batch_size)

    def solve(self, state: Prepared) -> Fit:
        """Make all updates, in few calls of the kernel if it has them."""
        walking = self._walk(state)
        if walking is None:
            return super().solve(state)
        for epochs, rates in self._rates(len(state.y), RATES_PER_CALL):
            walking.advance(epochs, rates, self._rate_stride(state))
            if walking.converged or walking.diverged:
                break
        coef, intercept = self._read(state, walking.epoch, walking.theta, walking.total)()
        if walking.diverged:
            coef, intercept = np.full_like(coef, np.nan), np.nan
        return Fit(coef, intercept, walking.converged, walking.epoch)

    def path(self, state: Prepared) -> Iterator[Snapshot]:
        """Pass over the samples until the loss settles or the epochs are used up."""
        walking = self._walk(state)
        if walking is not None:
            yield from self._walked(state, walking)
            return
        theta, total = np.zeros((2, state.problem.X.shape[1] + 1))
        before, losses = np.inf, self._losses(state, theta, total)
        for epoch in range(1, self.epochs + 1):
            with np.errstate(over="ignore", invalid="ignore"):
                loss = next(losses)
            converged = self.tolerance > 0 and abs(loss - before) <= self.tolerance
            before = loss
            yield Snapshot(epoch, self._read(state, epoch, theta, total), loss, converged)
            if converged:
                return

    def _walk(self, state: Prepared) -> Walk | None:
        """Compiled plain updates at their start; None where there are none."""
        if self.update != "plain" or not isinstance(state.engine, CompiledPasses):
            return None
        kind = (FLIPFLOP if self.flipflop else SHUFFLED) if self.shuffle else IN_TURN
        return state.engine.walk(WalkPlan(kind, self.batch_size, self.average, self.tolerance), self.seed)

    def _walked(self, state: Prepared, walking: Walk) -> Iterator[Snapshot]:
        for epoch, (_, rates) in enumerate(self._rates(len(state.y)), start=1):
            walking.advance(1, rates)
            read = self._read(state, epoch, walking.theta, walking.total)
            yield Snapshot(epoch, read, walking.loss, walking.converged)
            if walking.converged:
                return

    def _read(self, state: Prepared, epoch: int, theta: Float64, total: Float64) -> Callable[[], tuple[Float64, float]]:
        """A function for the answer after an epoch: the iterate, or the mean of the averaged ones."""
        count = self._updates(len(state.y)) * (epoch - self.average + 1)
        return _reader(*((total, count) if 0 < self.average <= epoch else (theta, 1)))

    def _updates(self, n: int) -> int:
        return -(-n // self.batch_size)

    def _rate_stride(self, state: Prepared) -> int:
        """Numbers between the rates of two consecutive epochs."""
        return 0 if self.schedule == "constant" else self._updates(len(state.y))

    def _losses(self, state: Prepared, theta: Float64, total: Float64) -> Iterator[float]:
        """Yield the loss of each epoch, which updates theta and adds averaged iterates to the total."""
        match self.update:
            case "plain":
                return self._plain(state, theta, total)
            case "svrg":
                return self._svrg(state, theta)
            case "saga":
                return self._saga(state, theta)
            case "kaczmarz" | "extended_kaczmarz":
                return self._kaczmarz(state, theta)

    def _plain(self, state: Prepared, theta: Float64, total: Float64) -> Iterator[float]:
        for epoch, (order, rates) in enumerate(self._draws(state), start=1):
            averaged = total if 0 < self.average <= epoch else None
            yield state.engine.updates(order, rates, theta, averaged) + _penalty(state.problem, theta)

    def _svrg(self, state: Prepared, theta: Float64) -> Iterator[float]:
        gradient = over_rows(state.problem)
        for order, rates in self._draws(state):
            loss, g = gradient(theta)
            _with_every_update(state.engine).corrected(order, rates, theta, g)
            yield loss

    def _saga(self, state: Prepared, theta: Float64) -> Iterator[float]:
        mean, residuals = np.zeros_like(theta), np.zeros(len(state.problem.y))
        for order, rates in self._draws(state):
            loss = _with_every_update(state.engine).saga(order, rates, theta, mean, residuals)
            yield loss + _penalty(state.problem, theta)

    def _kaczmarz(self, state: Prepared, theta: Float64) -> Iterator[float]:
        projections = Kaczmarz(state.problem, state.engine.drawing(self.seed))
        for _ in range(self.epochs):
            if self._changes_y:
                state.y[:] = projections.without_residuals()
            yield state.engine.updates(*projections.draws(shuffle=self.shuffle), theta, None)

    def _draws(self, state: Prepared) -> Iterator[tuple[Order, Float64]]:
        n = len(state.problem.y)
        rates = (rates for _, rates in self._rates(n))
        rng = state.engine.shuffler(self.seed)
        return zip(orders(n, self.epochs, rng, shuffle=self.shuffle, flipflop=self.flipflop), rates, strict=True)

    def _rates(self, n: int, together: int = 1) -> Iterator[tuple[int, Float64]]:
        """Yields numbers of epochs with the rates of their updates, or of one epoch where the rate is constant.

        ``together`` limits the number of rates, where there are more than those of one epoch.
        """
        updates = self._updates(n)
        constant = np.full(updates, self.learning_rate) if self.schedule == "constant" else None
        most = self.epochs if constant is not None and together > 1 else max(1, together // updates)
        for epoch in range(0, self.epochs, most):
            count = min(most, self.epochs - epoch)
            if constant is None:
                t = np.arange(epoch * updates + 1, (epoch + count) * updates + 1, dtype=np.float64)
                yield count, self.learning_rate / _power(t, self.power_t)
            else:
                yield count, constant


def _power(t: Float64, exponent: float) -> Float64:
    """``t**exponent``; the default exponent by square roots, because a power takes longer than a sample's update."""
    root: Float64 = np.sqrt(np.sqrt(t)) if exponent == 0.25 else t**exponent
    return root


def _penalty(problem: Problem, theta: Float64) -> float:
    return problem.l2 * float(theta[:-1].dot(theta[:-1])) if problem.l2 else 0.0


def _with_every_update(engine: Engine) -> CompiledPasses | OneByOne:
    """The engine, which has every update: `ScratchSGD.prepare` has made sure of it."""
    if isinstance(engine, InBlocks):
        raise TypeError("blocks have plain updates only")
    return engine


def _reader(values: Float64, count: int) -> Callable[[], tuple[Float64, float]]:
    return lambda: (values[:-1] / count, float(values[-1]) / count)
