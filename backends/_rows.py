"""The rows of a least-squares problem, block by block, in float64 and equilibrated by exact powers of two."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends._double_double import two_prod
from backends._weights import Total, total
from backends.base import Array, Problem

Float64 = NDArray[np.float64]
Exponents = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of ``A z = b`` in the least-squares sense, equivalent to a `Problem`.

    A is ``[1 X]`` (or ``X`` where there is no intercept) with each column scaled by a power of two to a largest
    element in [1/2, 1): exact, free of overflow, and within a small factor of the best column scaling
    (A. van der Sluis, Numer. Math. 14 (1969) 14-23). The penalty ``n*l2*|coef|**2`` is two further rows per feature,
    ``s*I`` and ``t*I`` with ``s**2 + t**2 = n*l2`` to 100 bits, because a rounded square root would lose digits.
    """

    X: Array
    y: Array
    """``X`` and ``y``: of shape (n_samples, n_features) and (n_samples,)."""
    weights: Float64 | None
    """Of shape (n_samples,)."""
    weight: float
    """Their sum; n_samples without any."""
    intercept: bool
    exponents: Exponents
    """Of shape (n_columns,). Column j of A was multiplied by ``2**exponents[j]``."""
    target_exponent: int
    """The same for the target."""
    penalty: tuple[float, float]
    """``s`` and ``t``, each divided by ``2**penalty_exponent``; zeros where l2 is 0."""
    penalty_exponent: int

    @classmethod
    def of(cls, problem: Problem) -> Rows:
        """Equilibrate a problem, in one pass over its elements."""
        X, y = problem.X, problem.y
        weight = total(problem)
        penalty, k = _two_squares(weight, problem.l2)
        largest = np.maximum(X.max(axis=0), -X.min(axis=0)).astype(np.float64)
        exponents = exponent_of(largest)
        if problem.l2:
            exponents = np.minimum(exponents, -(math.frexp(penalty[0])[1] + k)).astype(np.int32)
        if problem.intercept:
            exponents = np.concatenate([np.zeros(1, np.int32), exponents])
        target = int(exponent_of(np.array([max(float(y.max()), -float(y.min()))]))[0])
        return cls(X, y, problem.weights, weight.hi, problem.intercept, exponents, target, penalty, k)

    @property
    def n_columns(self) -> int:
        """Columns of A, the ones included."""
        return len(self.exponents)

    @property
    def may_be_rounding(self) -> bool:
        """Whether differences within the data's rounding are ignored: for float64 data without a penalty."""
        return not any(self.penalty) and self.X.dtype == np.float64

    def blocks(self, elements: int) -> Iterator[tuple[Float64, Float64, Float64 | None]]:
        """Blocks ``(A, b, w)`` of about that many elements, at least one row each; w is None without weights."""
        step = max(1, elements // self.n_columns)
        first = int(self.intercept)
        for i in range(0, len(self.y), step):
            X, y = self.X[i : i + step], self.y[i : i + step]
            A = np.ones((len(y), self.n_columns))
            np.ldexp(X.astype(np.float64, copy=False), self.exponents[first:], out=A[:, first:])
            w = None if self.weights is None else self.weights[i : i + step]
            yield A, np.ldexp(y.astype(np.float64, copy=False), self.target_exponent), w
        for root in self.penalty:
            if root:
                yield self._penalty_rows(root), np.zeros(self.n_columns - first), None

    def _penalty_rows(self, root: float) -> Float64:
        first = int(self.intercept)
        diagonal = np.ldexp(root, self.exponents[first:] + self.penalty_exponent)
        return np.hstack([np.zeros((len(diagonal), first)), np.diag(diagonal)])

    def original(self, z: Float64) -> tuple[Float64, float]:
        """Coefficients and intercept in the problem's own units; exact unless they leave float64's range."""
        with np.errstate(over="ignore", under="ignore"):
            beta = np.ldexp(z, self.exponents - self.target_exponent)
        return (beta[1:], float(beta[0])) if self.intercept else (beta, 0.0)


def half_units(values: Float64) -> Float64:
    """Half a unit in the last place of each value; 0 for 0."""
    return np.where(values == 0, 0.0, np.ldexp(2.0**-54, np.frexp(values)[1]))


def exponent_of(largest: Any) -> Exponents:
    """The power of two that brings a magnitude into [1/2, 1); 0 for 0."""
    exponents: Exponents = np.negative(np.frexp(largest)[1], dtype=np.int32)
    return exponents


def _two_squares(n: Total, l2: float) -> tuple[tuple[float, float], int]:
    """``s, t, k`` with ``(s**2 + t**2) * 4**k = n * l2`` to 100 bits."""
    if l2 == 0:
        return (0.0, 0.0), 0
    k = math.frexp(l2)[1] // 2
    scaled = math.ldexp(l2, -2 * k)
    product, error = two_prod(np.float64(n.hi), np.float64(scaled))  # type: ignore[arg-type]
    error += n.lo * scaled
    s = math.nextafter(math.sqrt(product), 0.0)
    square, square_error = two_prod(np.float64(s), np.float64(s))  # type: ignore[arg-type]
    return (s, math.sqrt(float((product - square) + (error - square_error)))), k
