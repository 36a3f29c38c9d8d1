"""SciPy's `scipy.stats.linregress`: the line through one column."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from backends._direct import AsItIs
from backends.base import Fit, Inference, Library, Problem, Unsupported


@dataclass(frozen=True, kw_only=True)
class ScipyLinregress(AsItIs):
    """One column and an intercept by `scipy.stats.linregress`: the slope is a covariance over a variance."""

    library: ClassVar[Library] = Library("scipy.stats", "scipy")

    def check(self, problem: Problem) -> None:
        """Refuse a penalty, weights, several columns, and a line through the origin."""
        super().check(problem)
        if problem.X.shape[1] != 1 or not problem.intercept:
            raise Unsupported("linregress fits one column and an intercept; use scipy_lstsq")

    def solve(self, state: Problem) -> Fit:
        """Fit the line.

        Raises
        ------
        Unsupported
            When SciPy refuses: a constant column, or fewer than two rows.
        """
        from scipy.stats import linregress

        try:
            with np.errstate(all="ignore"):
                found = linregress(state.X[:, 0], state.y)
        except ValueError as error:
            raise Unsupported(f"scipy.stats.linregress: {str(error).rstrip('.')}; use scipy_lstsq") from error
        slope = np.array([found.slope], dtype=np.float64)
        return Fit(slope, float(found.intercept), converged=True, iterations=None, inference=lambda: _inference(found))


def _inference(found: Any) -> Inference:
    errors = np.array([found.intercept_stderr, found.stderr], dtype=np.float64)
    return Inference(errors, float(found.rvalue) ** 2)  # it also has a p-value, for the slope alone
