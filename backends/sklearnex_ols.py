"""scikit-learn-intelex: oneDAL's normal equations behind scikit-learn's `LinearRegression`."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from backends._cost import normal_equations
from backends._direct import AsItIs
from backends._weights import sample_weight
from backends.base import Cost, Fit, Library, Problem, Workload


@dataclass(frozen=True, kw_only=True)
class SklearnexOls(AsItIs):
    """Least squares with `sklearnex.linear_model.LinearRegression`; scikit-learn itself is not patched.

    oneDAL runs on ``OMP_NUM_THREADS`` threads. It reports no rank, and has no options that affect the answer. It has no
    weights: with a ``sample_weight``, sklearnex falls back to scikit-learn's own method.
    """

    library: ClassVar[Library] = Library("sklearnex.linear_model", "scikit-learn-intelex", import_seconds=1.4)
    takes_weights: ClassVar[bool] = True

    def cost(self, work: Workload) -> Cost:
        """The normal equations, if they are regular."""
        return normal_equations(work)

    def solve(self, state: Problem) -> Fit:
        """Fit a new estimator; for a rank-deficient problem oneDAL replaces Cholesky by an eigendecomposition."""
        from sklearnex.linear_model import LinearRegression

        model = LinearRegression(fit_intercept=state.intercept).fit(state.X, state.y, **sample_weight(state))
        return Fit(
            coef=np.array(model.coef_, dtype=np.float64).reshape(-1),
            intercept=float(np.squeeze(model.intercept_)),
            converged=True,
            iterations=None,
        )
