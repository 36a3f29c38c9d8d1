"""Shared by backends with a direct method: the column of ones, the `Fit`, the refusals."""

from collections.abc import Callable
from typing import Any

import numpy as np

from backends.base import Array, Backend, Device, Fit, Inference, Problem, Unsupported


class AsItIs(Backend[Problem]):
    """A backend that reads the problem's own arrays: nothing to move."""

    def prepare(self, problem: Problem, device: Device) -> Problem:
        """The problem itself; raises `Unsupported` as `check` does."""
        self.check(problem)
        return problem


def with_ones(X: Array) -> Array:
    """The design matrix with a last column of ones, for a solver without an intercept.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)

    Returns
    -------
    ndarray of shape (n_samples, n_features + 1)
        Of ``X``'s dtype.
    """
    return np.column_stack([X, np.ones(len(X), dtype=X.dtype)])


def direct_fit(
    params: Any,
    *,
    intercept: bool,
    first: bool = False,
    rank: int | None = None,
    inference: Callable[[], Inference] | None = None,
) -> Fit:
    """The `Fit` of a direct method.

    Parameters
    ----------
    params : array-like of shape (n_features + intercept,)
    first : bool
        Whether the intercept, if there is one, is the first parameter instead of the last.
    rank : int, optional
        Rank of the factored matrix, its column of ones included.
    inference : callable, optional
        As in `Fit`.
    """
    values = np.array(params, dtype=np.float64).reshape(-1)
    coef, constant = values, 0.0
    if intercept:
        coef, constant = (values[1:], float(values[0])) if first else (values[:-1], float(values[-1]))
    return Fit(coef, constant, True, None, None if rank is None else int(rank), inference)


def refuse_few_rows(problem: Problem, name: str, use: str) -> None:
    """Raise `Unsupported` unless there are more rows than parameters."""
    parameters = problem.X.shape[1] + problem.intercept
    if len(problem.y) <= parameters:
        raise Unsupported(f"{name} needs more rows than parameters, got {len(problem.y)} for {parameters}; use {use}")


def refuse_wide(rows: int, parameters: int, name: str, use: str) -> None:
    """Raise `Unsupported` for fewer rows than parameters."""
    if rows < parameters:
        raise Unsupported(f"{name} needs a row for each parameter, got {rows} for {parameters}; use {use}")


def writable(problem: Problem) -> Problem:
    """The problem with writable copies of its arrays, like a user's own arrays.

    scikit-learn copies a read-only X twice, a writable one once. On a million rows the second copy is a tenth of
    Ridge's time and another X in memory.
    """
    weights = None if problem.weights is None else np.array(problem.weights)
    return Problem(np.array(problem.X), np.array(problem.y), problem.intercept, problem.l2, weights)


def is_polynomial(X: Array) -> bool:
    """Whether the columns are x, x², x³, … up to rounding, each the one before times x."""
    powers = np.multiply.accumulate(np.repeat(X[:, :1], X.shape[1], axis=1), axis=1)
    return bool(np.allclose(X, powers, rtol=X.shape[1] * float(np.finfo(X.dtype).eps), atol=0))
