"""glum's `GeneralizedLinearRegressor` with the normal family and the identity link: weighted normal equations."""

import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from backends._cost import normal_equations
from backends._direct import writable
from backends.base import Array, Backend, Cost, Device, Fit, Inference, Library, Problem, Unsupported, Workload

MOST_STEPS = 100
"""Most steps; one is enough."""


@dataclass(frozen=True, kw_only=True)
class GlumOls(Backend[Problem]):
    """Least squares as a generalised linear model of glum.

    It minimises ``sum(w r²) / (2 sum(w)) + alpha |b|² / 2``, half the contract's objective when alpha is l2 and
    ``l1_ratio`` 0. Its step solves the normal equations, which assumes full rank; a matrix that SciPy's solver finds
    ill-conditioned is ``unsupported``.

    Standard errors are glum's with ``robust=False``, reported only without weights and penalty. glum 3.4.1 corrects
    them for the degrees of freedom twice: they are ``sqrt(n / (n - p))`` times the ordinary ones. Its p-values and
    confidence limits come from the normal distribution, not Student's t, so they are left out.
    """

    library: ClassVar[Library] = Library("glum", "glum")
    takes_l2: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = True

    def cost(self, work: Workload) -> Cost:
        """The normal equations once, with a copy of the columns."""
        return normal_equations(work, copies=1)

    def prepare(self, problem: Problem, device: Device) -> Problem:
        """Copy the arrays to writable memory."""
        return writable(problem)

    def solve(self, state: Problem) -> Fit:
        """Fit a new estimator.

        Raises
        ------
        Unsupported
            When the normal equations are ill-conditioned or singular.
        """
        from glum import GeneralizedLinearRegressor
        from scipy.linalg import LinAlgError, LinAlgWarning

        model = GeneralizedLinearRegressor(
            alpha=state.l2,
            l1_ratio=0,
            fit_intercept=state.intercept,
            family="normal",
            link="identity",
            max_iter=MOST_STEPS,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("error", LinAlgWarning)
            try:
                model.fit(state.X, state.y, sample_weight=_weights(state))
            except (LinAlgError, LinAlgWarning) as error:
                raise Unsupported(f"glum: {error}; use scratch_ols") from error
        reports = state.weights is None and not state.l2
        return Fit(
            np.array(model.coef_, dtype=np.float64),
            float(model.intercept_) if state.intercept else 0.0,
            converged=bool(model.n_iter_ < MOST_STEPS),
            iterations=None,
            inference=(lambda: _inference(model, state)) if reports else None,
        )


def _weights(problem: Problem) -> Array | None:
    """In X's dtype, which glum's compiled products need."""
    return None if problem.weights is None else problem.weights.astype(problem.X.dtype)


def _inference(model: Any, problem: Problem) -> Inference:
    errors = model.std_errors(problem.X, problem.y, robust=False)
    return Inference(np.asarray(errors, dtype=np.float64), None)
