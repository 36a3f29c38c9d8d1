"""statsmodels' `OLS`, or `WLS` where rows have weights: the pseudo-inverse by SVD, or QR."""

import warnings
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from backends._cost import explicit_qr, gram, pseudo_inverse
from backends._direct import direct_fit, refuse_wide
from backends._weights import counted
from backends.base import Backend, Cost, Device, Fit, Inference, Library, Problem, Suspect, Unsupported, Workload


@dataclass(frozen=True, kw_only=True)
class StatsmodelsOls(Backend[Problem]):
    """Least squares with `statsmodels.api.OLS` on the design that `add_constant` makes.

    With an l2 penalty it is ``OLS.fit_regularized(L1_wt=0)``, a closed form by SVD whatever the method, which minimises
    ``|y - A b|² / (2 n) + sum_j alpha_j b_j² / 2``: half the contract's objective when ``alpha_j`` is l2, and 0 for the
    constant.

    Rows with weights go to ``WLS``. It counts rows of weight 0 among its observations, so they are left out first.

    Attributes
    ----------
    method : {"pinv", "qr"}
        The pseudo-inverse, which gives a rank-deficient problem its minimum-norm solution, or QR, which needs full
        rank and is ``unsupported`` without it.
    """

    library: ClassVar[Library] = Library("statsmodels.regression.linear_model", "statsmodels", import_seconds=1.0)
    takes_l2: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = True
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("method", "qr", "factorises by QR, and cuts nothing"),
        Suspect("method", "pinv", "takes the pseudo-inverse by SVD"),
    )

    method: Literal["pinv", "qr"] = "pinv"

    def cost(self, work: Workload) -> Cost | None:
        """The method's, with the covariance matrix; None for a ridge."""
        if work.penalised:
            return None
        if self.method == "qr":
            return explicit_qr(work, copies=1 + work.intercept)
        return pseudo_inverse(work, copies=1 + work.intercept) + gram(work)

    def prepare(self, problem: Problem, device: Device) -> Problem:
        """Leave out rows of weight 0; there is nothing else to move.

        Raises
        ------
        Unsupported
            For QR with fewer rows than parameters, and for an l2 penalty and an intercept with fewer rows than
            parameters: statsmodels searches only combinations of the rows, which may not hold the answer.
        """
        problem = counted(problem)
        n, p = problem.X.shape
        if problem.l2 > 0 and problem.intercept:
            refuse_wide(n, p + 1, "statsmodels' ridge with an intercept", "sklearn_ridge")
        if problem.l2 == 0 and self.method == "qr":
            refuse_wide(n, p + problem.intercept, "QR", "pinv")
        return problem

    def solve(self, state: Problem) -> Fit:
        """Append the constant and fit.

        Raises
        ------
        Unsupported
            For QR of an exactly singular matrix.
        """
        from statsmodels.regression.linear_model import OLS, WLS
        from statsmodels.tools.sm_exceptions import ModelWarning
        from statsmodels.tools.tools import add_constant

        # "add": a constant column in the data must not serve as the intercept
        A = add_constant(state.X, has_constant="add") if state.intercept else state.X
        model = OLS(state.y, A) if state.weights is None else WLS(state.y, A, weights=state.weights)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ModelWarning)  # `Fit.rank` tells of rank deficiency
            if state.l2 > 0:
                return direct_fit(_ridge(model, state), intercept=state.intercept, first=True)
            results = self._least_squares(model)
        return direct_fit(
            results.params, intercept=state.intercept, first=True, rank=model.rank,
            inference=lambda: _inference(results),
        )  # fmt: skip

    def _least_squares(self, model: Any) -> Any:
        try:
            return model.fit(method=self.method)
        except np.linalg.LinAlgError as error:
            raise Unsupported(f"statsmodels, method {self.method}: {error}; use pinv") from error


def _inference(results: Any) -> Inference:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # where residuals or degrees of freedom vanish it divides by 0
        low, high = np.asarray(results.conf_int(), dtype=np.float64).T
        return Inference(
            np.asarray(results.bse, dtype=np.float64),
            float(results.rsquared),
            t_values=np.asarray(results.tvalues, dtype=np.float64),
            p_values=np.asarray(results.pvalues, dtype=np.float64),
            confidence_low=low,
            confidence_high=high,
            residual_deviation=float(np.sqrt(results.scale)),
            adjusted_r_squared=float(results.rsquared_adj),
            f_value=float(results.fvalue),
            f_p_value=float(results.f_pvalue),
            log_likelihood=float(results.llf),
            aic=float(results.aic),
            bic=float(results.bic),
        )


def _ridge(model: Any, problem: Problem) -> Any:
    if not problem.intercept:
        return model.fit_regularized(alpha=problem.l2, L1_wt=0).params
    alpha = np.full(problem.X.shape[1] + 1, problem.l2)
    alpha[0] = 0
    return model.fit_regularized(alpha=alpha, L1_wt=0).params
