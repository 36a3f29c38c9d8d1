"""Full-batch gradient descent from scratch: the textbook loop over the rows, and the same iterates from moments.

With the mean squared error as in `backends.base.Problem`, one epoch of plain descent is the update

    coef      -= learning_rate * (2/n * Xᵀ(X coef + intercept - y) + 2 * l2 * coef)
    intercept -= learning_rate *  2/n * Σ (X coef + intercept - y)

With weights the sums are weighted ones, and n is the sum of the weights. `backends._descent` has the other updates.

The update needs only the first and second moments of the data, so ``method="gram"`` forms those in one pass over the
rows; an epoch then costs d², however many rows there are. The epochs are compiled
(`backends._kernels.descent`) where Numba is installed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from backends._cost import descent, gram
from backends._descent import Epoch, Moments, OverMoments, OverRows, Rule, Update, best_steps, fixed_steps, over_rows
from backends._kernels import machine_code
from backends._kernels.bound_descent import Walk, walk
from backends._weights import normalised
from backends.base import Cost, Device, Fit, IterativeBackend, Problem, Snapshot, Suspect, Workload, option

Float64 = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ScratchGD(IterativeBackend[Problem]):
    """Gradient descent on all rows at once.

    A snapshot's loss is the objective before the epoch's update, where the gradient was taken.

    Attributes
    ----------
    method : {"gram", "naive"}
        ``"gram"`` forms the moments of the data once and iterates on them; ``"naive"`` passes over the rows in every
        epoch. The iterates are the same to rounding. With a fixed rate, ``"naive"`` sums the rows one after another,
        which gives the same digits as a plain Python loop.
    update : {"gradient", "line_search", "heavy_ball", "nesterov", "conjugate"}
        ``"gradient"``: the step is the rate times the negative gradient. ``"line_search"``: the step along it that
        lowers the objective most (Cauchy 1847). ``"heavy_ball"``: part of the last step is added (Polyak 1964).
        ``"nesterov"``: the gradient is taken ahead (Nesterov 1983), with restarts (O'Donoghue & Candès 2015).
        ``"conjugate"``: conjugate gradients (Hestenes & Stiefel 1952), over the rows CGLS (Björck 1996, algorithm
        7.4.1); for well-scaled columns they converge in about as many epochs as there are coefficients. An epoch of
        ``"naive"`` passes over the rows twice for ``"line_search"`` and ``"conjugate"``.
    learning_rate : float
        The fixed rate; ``"line_search"`` and ``"conjugate"`` ignore it. Plain descent converges when it is below 1 over
        the largest eigenvalue of ``[X 1]ᵀ[X 1]/n + l2``, and diverges above.
    momentum : float
        The fraction of the last step that ``"heavy_ball"`` adds, below 1.
    epochs : int
        The maximum number of updates.
    tolerance : float
        With a fixed rate the iteration has converged when an update changes the objective by at most this; with 0, when
        an update no longer changes any coefficient. For ``"line_search"`` and ``"conjugate"`` it is the relative change
        of the data that would make the answer exact, by the rules of Paige & Saunders (1982, section 6), and at least
        the rounding error. With ``"gram"`` the data are the normal equations.
    initial : {"zeros", "normal", "uniform"}
        The start: zeros, 0.01 times standard normal numbers, or uniform within ±1/√n_features.
    seed : int
        Seed of the random start.

    Raises
    ------
    ValueError
        For a momentum of 1 or more.
    """

    takes_l2: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = True
    step_option: ClassVar[str | None] = "learning_rate"
    stopping_option: ClassVar[str | None] = "tolerance"
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("epochs", 10, "makes ten times as many updates", times=True),
        Suspect("learning_rate", 0.1, "takes a tenth of the step", times=True),
        Suspect("learning_rate", 10, "takes ten times the step", times=True),
        Suspect("tolerance", 0.0, "stops only when no coefficient changes"),
        Suspect("update", "conjugate", "takes conjugate gradients"),
        Suspect("method", "naive", "passes over the rows, without forming their moments"),
    )

    method: Literal["gram", "naive"] = "gram"
    update: Update = "gradient"
    learning_rate: float = option(0.1, above=0)
    momentum: float = option(0.9, at_least=0)
    epochs: int = option(1000, at_least=1)
    tolerance: float = option(0.0, at_least=0)
    initial: Literal["zeros", "normal", "uniform"] = "zeros"
    seed: int = option(0, at_least=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.momentum >= 1:
            raise ValueError(f"momentum: got {self.momentum}, wanted a number below 1")

    def build(self) -> None:
        """Compile the kernels, unless the cache has them."""
        machine_code.load("descent")

    def versions(self, state: Problem) -> dict[str, str]:
        """The compilers of the kernels, where they are used."""
        code = None if self.method == "naive" and self._rule.best else machine_code.load("descent")
        return {"kernels": code.versions} if code else {}

    def cost(self, work: Workload) -> Cost:
        """The moments, and ``2 p²`` per product with them; or two products with the rows per epoch."""
        if self.method == "gram":
            return gram(work) + Cost((2 + 2 * self._rule.best) * float(work.p**2), 0.0) * work.iterations
        return descent(work, over=1 + self._rule.best)

    def prepare(self, problem: Problem, device: Device) -> Problem:
        """Keep the problem as it is, and load the kernels; float32 is widened block by block."""
        self.build()
        return problem

    @property
    def _rule(self) -> Rule:
        return Rule(self.update, self.learning_rate, self.momentum, self.tolerance)

    def solve(self, state: Problem) -> Fit:
        """Iterate to the end; on moments by one call of the kernel, if there is one."""
        walking = self._start(state) if self.method == "gram" else None
        if not isinstance(walking, Walk):
            return super().solve(state)
        walking.advance(self.epochs)
        theta = np.full_like(walking.theta, np.nan) if walking.diverged else walking.theta
        return Fit(theta[:-1].copy(), float(theta[-1]), walking.converged, walking.epoch)

    def path(self, state: Problem) -> Iterator[Snapshot]:
        """Iterate until the stopping rule is met or the epochs are used up."""
        with np.errstate(over="ignore", invalid="ignore"):
            started = self._start(state)
        steps = _one_by_one(started) if isinstance(started, Walk) else started
        for epoch in range(1, self.epochs + 1):
            with np.errstate(over="ignore", invalid="ignore"):
                theta, loss, converged = next(steps)
            yield Snapshot(epoch, _reader(theta), loss, converged)
            if converged:
                return

    def _start(self, problem: Problem) -> Walk | Iterator[Epoch]:
        """The iteration at its start: the kernel's for moments, if there is one."""
        rule, start, problem = self._rule, self._initial_theta(problem), normalised(problem)
        if self.method == "naive":
            if rule.best:
                return best_steps(OverRows(problem, start), rule)
            return fixed_steps(over_rows(problem), start, rule)
        moments = Moments.of(problem)
        if (compiled := walk(moments, start, rule)) is not None:
            return compiled
        if rule.best:
            return best_steps(OverMoments(moments, start), rule)
        return fixed_steps(moments.gradient, start, rule)

    def _initial_theta(self, problem: Problem) -> Float64:
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


def _one_by_one(walking: Walk) -> Iterator[Epoch]:
    while True:
        walking.advance(1)
        yield Epoch(walking.theta, walking.loss, walking.converged)
