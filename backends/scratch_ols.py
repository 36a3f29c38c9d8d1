"""Ordinary (and ridge) least squares from scratch on NumPy: three textbook methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backends._gram import solve_gram
from backends._refined import solve_refined
from backends.base import Backend, Device, Fit, Problem, Unsupported

__all__ = ["ScratchOls"]

Float64 = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ScratchOls(Backend[Problem]):
    """Least squares solved directly, from scratch on NumPy.

    Where the columns are linearly dependent, ``normal`` and ``qr`` give the coefficients of smallest norm, the
    intercept left free: ``intercept = mean(y) - mean(X) @ coef``.

    Attributes
    ----------
    method : {"qr", "normal", "loops"}
        ``"loops"`` is the closed form for one feature, a Python loop over the rows; ``"normal"`` the normal equation
        with a pseudo-inverse; ``"qr"`` a Householder QR of the centred columns.
    """

    method: Literal["auto", "qr", "normal", "loops"] = "auto"

    def prepare(self, problem: Problem, device: Device) -> Problem:
        """Take the problem as it is.

        Raises
        ------
        Unsupported
            When ``method="loops"`` meets more than one feature.
        """
        if self.method == "loops" and problem.X.shape[1] != 1:
            raise Unsupported(
                f"method 'loops' is the closed form for one feature, got {problem.X.shape[1]}; use method='qr'"
            )
        return problem

    def solve(self, state: Problem) -> Fit:
        """Solve by the method chosen."""
        return _SOLVERS[self.method](state)


def loops(problem: Problem) -> Fit:
    """The closed form for one feature: the sum of co-deviations over the sum of squared deviations, row by row."""
    x, y = problem.X[:, 0].astype(np.float64), problem.y.astype(np.float64)
    mean_x = np.mean(x) if problem.intercept else np.float64(0)
    mean_y = np.mean(y) if problem.intercept else np.float64(0)
    numerator = np.float64(0)
    denominator = len(x) * np.float64(problem.l2)
    for i in range(len(x)):
        numerator += (x[i] - mean_x) * (y[i] - mean_y)
        denominator += (x[i] - mean_x) ** 2
    slope = numerator / denominator if denominator else np.float64(0)
    return Fit(np.array([slope]), float(mean_y - slope * mean_x), converged=True, iterations=None)


def normal(problem: Problem) -> Fit:
    """The normal equation ``pinv(AᵀA + n*l2*I) @ Aᵀy`` with a leading column of ones in A, which l2 leaves alone."""
    X, y = problem.X.astype(np.float64), problem.y.astype(np.float64)
    A = np.column_stack([np.ones(len(X)), X]) if problem.intercept else X
    penalty = np.full(A.shape[1], len(X) * problem.l2)
    penalty[: A.shape[1] - X.shape[1]] = 0.0
    beta = np.linalg.pinv(A.T @ A + np.diag(penalty)) @ (A.T @ y)
    return Fit(beta[-X.shape[1] :], float(beta[0]) if problem.intercept else 0.0, converged=True, iterations=None)


def qr(problem: Problem) -> Fit:
    """Householder QR of the centred columns, ``R coef = Qᵀy``; l2 is ``sqrt(n*l2) * I`` appended as rows."""
    A, y, mean_x, mean_y = _centred(problem)
    n, p = problem.X.shape
    if problem.l2:
        A = np.vstack([A, np.sqrt(n * problem.l2) * np.eye(p)])
        y = np.concatenate([y, np.zeros(p)])
    coef, rank = _qr_or_minimum_norm(A, y)
    return Fit(coef, float(mean_y - mean_x @ coef), converged=True, iterations=None, rank=rank)


def _centred(problem: Problem) -> tuple[Float64, Float64, Float64, float]:
    X, y = problem.X.astype(np.float64), problem.y.astype(np.float64)
    if not problem.intercept:
        return X, y, np.zeros(X.shape[1]), 0.0
    mean_x, mean_y = X.mean(axis=0), float(y.mean())
    return X - mean_x, y - mean_y, mean_x, mean_y


def _qr_or_minimum_norm(A: Float64, b: Float64) -> tuple[Float64, int]:
    """Back substitution where R is safely regular, the minimum-norm solution by SVD where it is not."""
    n, p = A.shape
    if n >= p:
        Q, R = np.linalg.qr(A)
        diagonal = np.abs(np.diag(R)) / np.linalg.norm(R, axis=0).clip(min=np.finfo(float).tiny)
        if diagonal.min() > max(n, p) * np.finfo(float).eps:
            # LU with partial pivoting swaps nothing in an upper triangle: this is back substitution
            return np.asarray(np.linalg.solve(R, Q.T @ b), dtype=np.float64), p
    coef, _, rank, _ = np.linalg.lstsq(A, b, rcond=None)
    return np.asarray(coef, dtype=np.float64), int(rank)


def auto(problem: Problem) -> Fit:
    """The Gram matrix where that costs no digits, else QR and refinement."""
    return solve_gram(problem) or solve_refined(problem)


_SOLVERS = {"auto": auto, "qr": qr, "normal": normal, "loops": loops}
