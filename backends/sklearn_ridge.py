"""scikit-learn's `Ridge`; with a penalty of 0 it is ordinary least squares."""

import warnings
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from backends._cost import descent, normal_equations, singular_vectors
from backends._direct import writable
from backends._weights import sample_weight, total
from backends.base import Backend, Cost, Device, Fit, Library, Problem, Suspect, Workload, option


@dataclass(frozen=True, kw_only=True)
class SklearnRidge(Backend[Problem]):
    """Least squares with or without an l2 penalty with `sklearn.linear_model.Ridge`.

    Ridge minimises ``|y - X b - b0|² + alpha |b|²``, which is ``n_samples`` times the contract's objective when
    ``alpha = n_samples * l2``. The intercept is not penalised: it comes from the means. Weights are its
    ``sample_weight``; their sum then takes the place of n_samples.

    Attributes
    ----------
    solver : {"auto", "svd", "cholesky", "lsqr", "sag", "saga"}
        ``"auto"`` is scikit-learn's choice, cholesky for dense data. svd and cholesky are direct; without a penalty
        both assume full rank (svd cuts singular values at 1e-15, not relative to the largest), and their answer to a
        rank-deficient problem means nothing. The others iterate, from zero towards the minimum-norm solution.
        sparse_cg is not offered because it does not report convergence, nor lbfgs, which fits only positive
        coefficients.
    tol : float
        The stopping rule of lsqr, sag and saga, as scikit-learn has it.
    max_iter : int
        The most passes of lsqr, sag and saga.
    seed : int
        Seed of the order in which sag and saga visit the rows.
    """

    library: ClassVar[Library] = Library("sklearn.linear_model", "scikit-learn", import_seconds=1.1)
    takes_l2: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = True
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("solver", "svd", "takes the SVD of the columns, not their Gram matrix"),
        Suspect("solver", "cholesky", "solves the normal equations"),
        Suspect("tol", 1e-12, "stops an iteration later"),
        Suspect("max_iter", 10, "iterates ten times as long", times=True),
    )

    solver: Literal["auto", "svd", "cholesky", "lsqr", "sag", "saga"] = "auto"
    tol: float = option(1e-4, at_least=0)
    max_iter: int = option(1000, at_least=1)
    seed: int = option(0, at_least=0)

    def cost(self, work: Workload) -> Cost:
        """The solver on centred columns; with more columns than rows, cholesky works on the transpose."""
        match self.solver:
            case "svd":
                return singular_vectors(work, copies=2)
            case "auto" | "cholesky":
                least, most = sorted((work.n, work.d))
                return normal_equations(work._replace(n=most, d=least), copies=1)
            case _:
                return descent(work, over=2 if self.solver == "lsqr" else 1)

    def prepare(self, problem: Problem, device: Device) -> Problem:
        """Copy the arrays to writable memory, like a user's own."""
        return writable(problem)

    def solve(self, state: Problem) -> Fit:
        """Fit a new estimator. An iteration that used all of its passes has not converged."""
        from sklearn.linear_model import Ridge

        model = Ridge(
            alpha=total(state).hi * state.l2,
            fit_intercept=state.intercept,
            solver=self.solver,
            tol=self.tol,
            max_iter=self.max_iter,
            random_state=self.seed,
        )
        with warnings.catch_warnings():
            # of ill conditioning, which scores show, and of a used-up max_iter, which `converged` tells
            warnings.simplefilter("ignore")
            model.fit(state.X, state.y, **sample_weight(state))
        iterations = None if model.n_iter_ is None else int(np.max(model.n_iter_))
        return Fit(
            coef=np.array(model.coef_, dtype=np.float64),
            intercept=float(model.intercept_),
            converged=iterations is None or iterations < self.max_iter,
            iterations=iterations,
        )
