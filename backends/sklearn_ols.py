"""scikit-learn's `LinearRegression`: centring, then LAPACK's SVD (gelsd) through SciPy."""

import inspect
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from backends._cost import singular_values
from backends._direct import writable
from backends._weights import sample_weight
from backends.base import Backend, Cost, Device, Fit, Library, Problem, Suspect, Unsupported, Workload, option


@dataclass(frozen=True, kw_only=True)
class SklearnOls(Backend[Problem]):
    """Least squares with `sklearn.linear_model.LinearRegression`; weights are its ``sample_weight``.

    Attributes
    ----------
    tol : float or "library"
        ``LinearRegression(tol=…)``; ``"library"`` leaves it to scikit-learn. From 1.9 on, singular values below
        ``tol`` (1e-6 unless given) times the largest count as zero, which costs an ill-conditioned problem its
        digits; 0 keeps them all. 1.7 and 1.8 have the option but use it for sparse data only; earlier releases do not
        have it.
    """

    library: ClassVar[Library] = Library("sklearn.linear_model", "scikit-learn", import_seconds=1.1)
    takes_weights: ClassVar[bool] = True
    suspects: ClassVar[tuple[Suspect, ...]] = (Suspect("tol", 0.0, "keeps every singular value"),)

    tol: float | Literal["library"] = option("library", at_least=0)

    def cost(self, work: Workload) -> Cost:
        """gelsd, of centred columns, copied to LAPACK's order."""
        return singular_values(work, copies=2)

    def prepare(self, problem: Problem, device: Device) -> Problem:
        """Copy the arrays to writable memory, like a user's own.

        Raises
        ------
        Unsupported
            For a problem with an l2 penalty, and for a ``tol`` that this release does not have.
        """
        self.check(problem)
        self._check_tol()
        return writable(problem)

    def solve(self, state: Problem) -> Fit:
        """Fit a new estimator; a rank-deficient problem gets its minimum-norm solution.

        The rank includes the intercept, for which centring stands.
        """
        from sklearn.linear_model import LinearRegression

        options = {} if self.tol == "library" else {"tol": float(self.tol)}
        model = LinearRegression(fit_intercept=state.intercept, **options)
        model.fit(state.X, state.y, **sample_weight(state))
        return Fit(
            coef=np.array(model.coef_, dtype=np.float64),
            intercept=float(model.intercept_),
            converged=True,
            iterations=None,
            rank=int(model.rank_) + state.intercept,
        )

    def _check_tol(self) -> None:
        import sklearn
        from sklearn.linear_model import LinearRegression

        if self.tol != "library" and "tol" not in inspect.signature(LinearRegression).parameters:
            raise Unsupported(
                f"scikit-learn {sklearn.__version__} has no LinearRegression(tol=…), got tol={self.tol:g}; "
                'use tol="library", or scikit-learn 1.7 or later'
            )
