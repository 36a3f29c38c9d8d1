"""pyfixest's `feols`, for linear regression with fixed effects; here without any."""

import warnings
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from backends._cost import normal_equations
from backends._direct import direct_fit, refuse_few_rows
from backends._weights import counted
from backends.base import Backend, Cost, Device, Fit, Inference, Library, Problem, Suspect, Workload, option


class State(NamedTuple):
    """A problem as a table and a formula."""

    frame: Any
    """A pandas.DataFrame. Columns ``x0``, ``x1``, … and ``y``, and ``w`` where rows have weights."""
    formula: str
    features: int
    intercept: bool
    weighted: bool


@dataclass(frozen=True, kw_only=True)
class PyfixestOls(Backend[State]):
    """Least squares with `pyfixest.feols` over the columns of a pandas frame.

    It solves the normal equations. Columns that its Cholesky factor finds dependent on those before are dropped: their
    coefficients are 0, and `Fit.rank` is smaller. It refuses rows of weight 0, so they are left out first. Its R² is
    about the mean even without an intercept, and then left out.

    Attributes
    ----------
    collin_tol : float or "library"
        A column is dropped when its squared distance from the span of those before is below this; ``"library"`` leaves
        it to pyfixest (1e-9).
    solver : {"library", "numpy.linalg.lstsq", "numpy.linalg.solve", "scipy.linalg.solve"}
        What solves the normal equations; ``"library"`` leaves it to pyfixest.
    """

    library: ClassVar[Library] = Library("pyfixest", "pyfixest")
    takes_weights: ClassVar[bool] = True
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("collin_tol", 1e-30, "drops no column"),
        Suspect("solver", "numpy.linalg.lstsq", "takes the SVD of the Gram matrix"),
    )

    collin_tol: float | Literal["library"] = option("library", above=0)
    solver: Literal["library", "numpy.linalg.lstsq", "numpy.linalg.solve", "scipy.linalg.solve"] = "library"

    def cost(self, work: Workload) -> Cost:
        """The normal equations, of columns copied to a matrix."""
        return normal_equations(work, copies=1)

    def prepare(self, problem: Problem, device: Device) -> State:
        """Copy the arrays to the columns of a frame.

        Raises
        ------
        Unsupported
            For a problem with an l2 penalty, and unless there are more rows than parameters.
        """
        import pandas as pd

        self.check(problem)
        problem = counted(problem)
        refuse_few_rows(problem, "pyfixest", "scratch_ols")
        p = problem.X.shape[1]
        columns = {f"x{j}": problem.X[:, j] for j in range(p)} | {"y": problem.y}
        if problem.weights is not None:
            columns["w"] = problem.weights
        formula = f"y ~ {' + '.join(f'x{j}' for j in range(p))}{'' if problem.intercept else ' - 1'}"
        return State(pd.DataFrame(columns), formula, p, problem.intercept, problem.weights is not None)

    def solve(self, state: State) -> Fit:
        """Evaluate the formula and fit, with the ordinary covariance of the estimates, as a user gets it."""
        import pyfixest

        options = {"collin_tol": self.collin_tol, "solver": self.solver}
        with warnings.catch_warnings(), np.errstate(all="ignore"):  # for an exact fit it divides by 0
            warnings.simplefilter("ignore")  # of dropped columns, which `Fit.rank` tells; and pandas's own
            model = pyfixest.feols(
                state.formula, state.frame, vcov="iid", weights="w" if state.weighted else None,
                **{name: value for name, value in options.items() if value != "library"},
            )  # fmt: skip
            found = model.coef()
        names = [*(["Intercept"] if state.intercept else []), *(f"x{j}" for j in range(state.features))]
        return direct_fit(
            found.reindex(names, fill_value=0.0), intercept=state.intercept, first=True, rank=len(found),
            inference=(lambda: _inference(model, state.intercept)) if len(found) == len(names) else None,
        )  # fmt: skip


def _inference(model: Any, intercept: bool) -> Inference:
    limits = model.confint().to_numpy(dtype=np.float64)
    return Inference(
        np.asarray(model.se(), dtype=np.float64),
        float(model._r2) if intercept else None,  # noqa: SLF001 - where pyfixest keeps it
        t_values=np.asarray(model.tstat(), dtype=np.float64),
        p_values=np.asarray(model.pvalue(), dtype=np.float64),
        confidence_low=limits[:, 0],
        confidence_high=limits[:, 1],
        adjusted_r_squared=float(model._adj_r2) if intercept else None,  # noqa: SLF001
    )
