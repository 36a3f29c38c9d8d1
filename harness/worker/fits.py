"""Fits: held to the contract, compared, and made into what JSON can carry."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.base import Fit, Problem

__all__ = ["check_fit", "fit_values", "same_fit"]


def check_fit(fit: object, problem: Problem) -> None:
    """Hold an answer to the contract.

    Raises
    ------
    TypeError, ValueError
        When it is no Fit, or its coefficients are not ``(n_features,)`` float64.
    """
    if not isinstance(fit, Fit):
        raise TypeError(f"solve gave {type(fit).__name__}, wanted Fit")
    wanted = (problem.X.shape[1],)
    coef = np.asarray(fit.coef)
    if coef.shape != wanted:
        raise ValueError(f"solve gave coefficients of shape {coef.shape}, wanted {wanted}")
    if coef.dtype != np.float64:
        raise TypeError(f"solve gave coefficients of dtype {coef.dtype}, wanted float64")
    if not problem.intercept and fit.intercept != 0.0 and np.isfinite(fit.intercept):
        raise ValueError(f"solve gave the intercept {fit.intercept} for a problem without one, wanted 0.0")


def same_fit(a: Fit, b: Fit) -> bool:
    """Whether two fits are the same to the last bit."""
    return (
        np.array_equal(a.coef, b.coef, equal_nan=True)
        and np.array_equal(a.intercept, b.intercept, equal_nan=True)
        and (a.converged, a.iterations, a.rank) == (b.converged, b.iterations, b.rank)
    )


def fit_values(fit: Fit) -> dict[str, Any]:
    """A fit as JSON has it; Python's JSON keeps every bit of a float, NaN and infinity included."""
    said = None if fit.inference is None else fit.inference()
    return {
        "standard_errors": None if said is None else np.asarray(said.standard_errors, dtype=np.float64).tolist(),
        "r_squared": None if said is None else float(said.r_squared),
        "coef": np.asarray(fit.coef).tolist(),
        "intercept": float(fit.intercept),
        "converged": bool(fit.converged),
        "iterations": None if fit.iterations is None else int(fit.iterations),
        "rank": None if fit.rank is None else int(fit.rank),
    }
