"""Full-batch gradient descent from scratch: the textbook loop over the rows, and the same iterates without the rows.

With the mean squared error as in `backends.base.Problem`, one epoch is the update

    coef      -= learning_rate * (2/n * Xᵀ(X coef + intercept - y) + 2 * l2 * coef)
    intercept -= learning_rate *  2/n * Σ (X coef + intercept - y)

With weights the sums are weighted ones, and n is the sum of the weights.

Everything the update needs from the data is in their first and second moments, so ``method="gram"`` forms those in
one pass over the rows and then pays d² an epoch, however many rows there are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from backends._cost import descent, gram
from backends._moments import centred_moments
from backends._weights import normalised, total
from backends.base import Cost, Device, IterativeBackend, Problem, Snapshot, Suspect, Workload, option

Float64 = NDArray[np.float64]
Gradient = Callable[[Float64], tuple[float, Float64]]
"""Maps theta = (coef, intercept) to the loss and its gradient there."""


@dataclass(frozen=True, kw_only=True)
class ScratchGD(IterativeBackend[Problem]):
    """Gradient descent with a constant learning rate on all rows at once.

    A snapshot's loss is the objective before that epoch's update.

    Attributes
    ----------
    method : {"gram", "naive"}
        ``"gram"`` forms the moments of the data once and iterates on them; ``"naive"`` passes over the rows in every
        epoch and adds them up one after another, which gives the digits that a plain Python loop prints. The iterates
        are the same to rounding.
    learning_rate : float
        The step along the negative gradient. The iteration converges when it is below 1 over the largest eigenvalue
        of ``[X 1]ᵀ[X 1]/n + l2``, and diverges above.
    epochs : int
        The most updates that are made.
    tolerance : float
        The iteration has converged when an update changed the objective by no more than this. At 0 that is when it
        has come to rest: an update no longer moves any coefficient.
    initial : {"zeros", "normal", "uniform"}
        Where it starts: at zero, at 0.01 times standard normal numbers, or uniformly within ±1/√n_features.
    seed : int
        Seed of the random start.
    """

    takes_l2: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = True
    step_option: ClassVar[str | None] = "learning_rate"
    stopping_option: ClassVar[str | None] = "tolerance"
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("epochs", 10, "makes ten times as many updates", times=True),
        Suspect("learning_rate", 0.1, "takes a tenth of the step", times=True),
        Suspect("learning_rate", 10, "takes ten times the step", times=True),
        Suspect("tolerance", 0.0, "stops when at rest, not before"),
    )

    method: Literal["gram", "naive"] = "gram"
    learning_rate: float = option(0.1, above=0)
    epochs: int = option(1000, at_least=1)
    tolerance: float = option(0.0, at_least=0)
    initial: Literal["zeros", "normal", "uniform"] = "zeros"
    seed: int = option(0, at_least=0)

    def cost(self, work: Workload) -> Cost:
        """The moments and ``2 p²`` per epoch; or every epoch's two products, which go over X five times."""
        if self.method == "gram":
            return gram(work) + Cost(2.0 * work.p**2, 0.0) * work.iterations
        return descent(work, over=5)

    def prepare(self, problem: Problem, device: Device) -> Problem:
        """Leave the rows where they are; float32 is widened block by block."""
        return problem

    def path(self, state: Problem) -> Iterator[Snapshot]:
        """Descend until at rest, within the tolerance, or out of epochs."""
        with np.errstate(over="ignore", invalid="ignore"):
            gradient = _METHODS[self.method](normalised(state))
        theta = self._start(state)
        before = step = theta
        for epoch in range(1, self.epochs + 1):
            with np.errstate(over="ignore", invalid="ignore"):
                loss, g = gradient(theta)
                # The objective is quadratic, so it changed by the step along the mean gradient: nothing cancels.
                converged = epoch > 1 and abs(float(step.dot(before + g))) <= 2 * self.tolerance
                updated = theta - g * self.learning_rate
                before, step, theta = g, updated - theta, updated
            yield Snapshot(epoch, _reader(theta), loss, converged)
            if converged:
                return

    def _start(self, problem: Problem) -> Float64:
        d = problem.X.shape[1]
        rng = np.random.default_rng(self.seed)
        if self.initial == "zeros":
            theta = np.zeros(d + 1)
        elif self.initial == "normal":
            theta = 0.01 * rng.standard_normal(d + 1)
        else:
            bound = 1 / np.sqrt(max(d, 1))
            theta = rng.uniform(-bound, bound, d + 1)
        theta[d] *= problem.intercept
        return theta


def _reader(theta: Float64) -> Callable[[], tuple[Float64, float]]:
    return lambda: (theta[:-1].copy(), float(theta[-1]))


def _naive(problem: Problem) -> Gradient:
    """One pass over the rows per call, each sum taken from the first row to the last."""
    X, y = (each.astype(np.float64, copy=False) for each in (problem.X, problem.y))
    d, n, w = X.shape[1], total(problem).hi, problem.weights

    def gradient(theta: Float64) -> tuple[float, Float64]:
        coef, intercept = theta[:d], theta[d]
        residuals = y - (X @ coef + intercept)
        weighted = residuals if w is None else w * residuals
        g = np.zeros(d + 1)
        g[:d] = -(2 / n) * _add_up(X * weighted[:, None]) + 2 * problem.l2 * coef
        if problem.intercept:
            g[d] = -(2 / n) * _add_up(weighted)
        return float(_add_up(weighted * residuals) / n + problem.l2 * (coef @ coef)), g

    return gradient


def _add_up(terms: Float64) -> Float64:
    """Sum over the first axis one after another, as Python's sum; NumPy's own sum pairs terms, to other last digits."""
    last: Float64 = np.add.accumulate(terms, axis=0)[-1]
    return last


def _gram(problem: Problem) -> Gradient:
    """One pass over the rows now, none later.

    With A = [X 1], H = AᵀA/n (l2 added to the coefficients' diagonal), c = Aᵀ(y - ȳ)/n, v = |y - ȳ|²/n and t for theta
    with ȳ taken off the intercept, the objective is t·Ht - 2 c·t + v and its gradient 2(Ht - c). Taking the mean off
    keeps it out of the difference; what cancellation is left makes the loss uncertain by a few units of rounding of v,
    and of v times (mean/deviation)² of a column that is far from centred, which descent could not get to the end of.
    """
    moments, n, d = centred_moments(problem), total(problem).hi, problem.X.shape[1]
    row_mean = np.append(moments.shift.features + moments.mean, 1.0) * problem.intercept
    H2 = 2 * np.outer(row_mean, row_mean)
    H2[:d, :d] += 2 * (moments.G / n + problem.l2 * np.eye(d))
    c2 = 2 * np.append(moments.c / n, 0.0)
    v = moments.target_square / n
    offset = np.append(np.zeros(d), moments.shift.target + moments.target_mean)

    def gradient(theta: Float64) -> tuple[float, Float64]:
        t = theta - offset
        g = H2.dot(t) - c2  # on so few numbers `dot` takes half the time of `@`
        return float(t.dot(g - c2)) / 2 + v, g

    return gradient


_METHODS: dict[str, Callable[[Problem], Gradient]] = {"gram": _gram, "naive": _naive}
