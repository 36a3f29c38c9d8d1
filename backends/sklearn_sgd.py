"""scikit-learn's `SGDRegressor`: stochastic gradient descent, an update after each sample."""

import math
import re
import warnings
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from backends._cost import descent
from backends._weights import counted, mean_one
from backends.base import LOSS_BLOW_UP, Backend, Cost, Device, Fit, Library, Problem, Suspect, Workload, option

ROWS_LOOKED_AT = 1000
"""Rows that are checked for divergence: enough to detect it, too few to cost time."""

BLOCK_ROWS = 1 << 16
"""Targets squared at a time."""


@dataclass(frozen=True, kw_only=True)
class SklearnSGD(Backend[Problem]):
    """Least squares with `sklearn.linear_model.SGDRegressor`, with its own option names and defaults.

    SGDRegressor minimises ``mean((X w + b - y)²) / 2 + alpha |w|² / 2`` (its squared error is half the square, its
    penalty half the squared norm), half the contract's objective when ``alpha = l2``. Without l2 there is no penalty.

    Weights, brought to a mean of 1, are its ``sample_weight``, which multiplies a row's step. Rows of weight 0 are left
    out first.

    A diverged fit has NaN coefficients. SGDRegressor clips its gradients at 1e12, so it mostly ends a divergence with
    finite coefficients and its stopping rule met; the loss on some rows reveals it.

    Attributes
    ----------
    learning_rate : {"invscaling", "constant", "optimal", "adaptive"}
        The schedule of the step: ``eta0 / t**power_t``, ``eta0``, ``1 / (alpha (t + t0))``, or ``eta0`` divided by 5
        whenever the loss stagnates. ``t`` counts the samples.
    eta0 : float
        The first step.
    power_t : float
        The exponent of invscaling.
    max_iter : int
        The most passes over the data.
    tol : float or "none"
        The iteration has converged when the loss has not fallen by ``tol`` for ``n_iter_no_change`` epochs; with
        ``"none"`` it runs for ``max_iter`` epochs and never reports convergence.
    n_iter_no_change : int
        Epochs without improvement before it stops.
    shuffle : bool
        Whether the rows are shuffled before each epoch.
    early_stopping : bool
        Whether the loss is computed on held-out rows, instead of on the training rows.
    validation_fraction : float
        The share of rows held out, above 0 and below 1.
    average : bool or int
        Whether the answer is the mean of all iterates, or, for a number, of those after that many samples.
    seed : int
        scikit-learn's ``random_state``.
    block_rows : int or "all"
        Rows per call of ``partial_fit``, so that memory holds one block at a time. Rows are shuffled within a block,
        the only stopping rule is ``max_iter`` passes, and no fit reports convergence.
    """

    library: ClassVar[Library] = Library("sklearn.linear_model", "scikit-learn", import_seconds=1.1)
    widely_used: ClassVar[bool] = True
    takes_l2: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = True
    step_option: ClassVar[str | None] = "eta0"
    stopping_option: ClassVar[str | None] = "tol"
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("max_iter", 10, "makes ten times as many passes", times=True),
        Suspect("tol", "none", "never stops early"),
        Suspect("eta0", 0.1, "takes a tenth of the step", times=True),
        Suspect("learning_rate", "adaptive", "lowers the step where the loss stagnates"),
        Suspect("average", True, "averages the iterates"),
    )

    learning_rate: Literal["invscaling", "constant", "optimal", "adaptive"] = "invscaling"
    eta0: float = option(0.01, above=0)
    power_t: float = option(0.25, at_least=0)
    max_iter: int = option(1000, at_least=1)
    tol: float | Literal["none"] = option(1e-3, at_least=0)
    n_iter_no_change: int = option(5, at_least=1)
    shuffle: bool = True
    early_stopping: bool = False
    validation_fraction: float = option(0.1, above=0)
    average: bool | int = option(False, at_least=0)
    seed: int = option(0, at_least=0)
    block_rows: int | Literal["all"] = option("all", at_least=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.validation_fraction >= 1:
            raise ValueError(f"validation_fraction: got {self.validation_fraction}, wanted a share of the rows below 1")
        if self.block_rows != "all" and (self.early_stopping or self.learning_rate == "adaptive"):
            raise ValueError(
                f"block_rows: got {self.block_rows} with early_stopping or learning_rate 'adaptive', which look at all "
                "rows, wanted 'all'"
            )

    def cost(self, work: Workload) -> Cost:
        """Passes over the rows."""
        return descent(work)

    def prepare(self, problem: Problem, device: Device) -> Problem:
        """Leave out rows of weight 0; there is nothing else to move."""
        return counted(problem)

    def solve(self, state: Problem) -> Fit:
        """Fit a new estimator."""
        model = self._model(state)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a used-up max_iter, which `converged` tells
            try:
                epochs = self._fit(model, state)
            except ValueError as error:
                return _diverged(state, _epoch_of_overflow(error))
        if _blew_up(model, state):
            return _diverged(state, epochs)
        return Fit(
            coef=np.array(model.coef_, dtype=np.float64),
            intercept=float(model.intercept_[0]) if state.intercept else 0.0,
            converged=self.block_rows == "all" and self.tol != "none" and epochs < self.max_iter,
            iterations=epochs,
        )

    def _fit(self, model: Any, problem: Problem) -> int:
        """Fit the model; the number of passes over the data."""
        if self.block_rows == "all":
            model.fit(problem.X, problem.y, sample_weight=mean_one(problem))
            return int(model.n_iter_)
        weights = mean_one(problem)
        for _ in range(self.max_iter):
            for start in range(0, len(problem.y), self.block_rows):
                rows = slice(start, start + self.block_rows)
                own = None if weights is None else weights[rows]
                model.partial_fit(problem.X[rows], problem.y[rows], sample_weight=own)
        return self.max_iter

    def _model(self, problem: Problem) -> Any:
        from sklearn.linear_model import SGDRegressor

        penalty = {"penalty": "l2", "alpha": problem.l2} if problem.l2 > 0 else {"penalty": None}
        return SGDRegressor(
            loss="squared_error",
            fit_intercept=problem.intercept,
            learning_rate=self.learning_rate,
            eta0=self.eta0,
            power_t=self.power_t,
            max_iter=self.max_iter,
            tol=None if self.tol == "none" else self.tol,
            n_iter_no_change=self.n_iter_no_change,
            shuffle=self.shuffle,
            early_stopping=self.early_stopping,
            validation_fraction=self.validation_fraction,
            average=self.average,
            random_state=self.seed,
            **penalty,
        )


def _epoch_of_overflow(error: ValueError) -> int:
    """The epoch in which SGDRegressor overflowed; any other error is raised again."""
    found = re.search(r"overflow occurred at epoch #(\d+)", str(error))
    if found is None:
        raise error
    return int(found[1])


def _blew_up(model: Any, problem: Problem) -> bool:
    """Whether the loss of the first rows has blown up, compared with predictions of 0."""
    X, y = problem.X[:ROWS_LOOKED_AT], problem.y
    loss = np.mean(np.square(X @ model.coef_ + model.intercept_ - y[:ROWS_LOOKED_AT], dtype=np.float64))
    blocks = (y[start : start + BLOCK_ROWS].astype(np.float64) for start in range(0, len(y), BLOCK_ROWS))
    return not loss <= LOSS_BLOW_UP * sum(float(block @ block) for block in blocks) / len(y)


def _diverged(problem: Problem, epochs: int) -> Fit:
    coef = np.full(problem.X.shape[1], np.nan)
    return Fit(coef, math.nan if problem.intercept else 0.0, converged=False, iterations=epochs)
