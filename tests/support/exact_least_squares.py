"""Least squares in rational arithmetic, plainly: the answer small problems are held against."""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from backends.base import Fit, Problem
from harness.reference.rational import Moments, RationalFit, fit_moments

Row = list[Fraction]


def solve(problem: Problem) -> tuple[list[Fraction], Fraction, int]:
    """Coefficients of smallest norm (the intercept free), intercept, and rank of ``[X 1]``."""
    X = [[Fraction(float(v)) for v in row] for row in problem.X]
    y = [Fraction(float(v)) for v in problem.y]
    n, p = problem.X.shape
    mean = [sum(row[j] for row in X) / n * problem.intercept for j in range(p)]
    target_mean = sum(y) / n * problem.intercept
    A = [[v - m for v, m in zip(row, mean, strict=True)] for row in X]
    G = [[sum(a[i] * a[j] for a in A) for j in range(p)] for i in range(p)]
    for j in range(p):
        G[j][j] += n * Fraction(problem.l2)
    c = [sum(a[j] * (t - target_mean) for a, t in zip(A, y, strict=True)) for j in range(p)]
    kept = _pivots(G)
    # the solution of smallest norm lies in the range of G: coef = V u, V the independent columns of G
    V = [[row[j] for j in kept] for row in G]
    GV = _product(G, V)
    u = _gauss(
        _product(_transpose(V), GV), [sum(v[k] * t for v, t in zip(V, c, strict=True)) for k in range(len(kept))]
    )
    coef = [sum((v * w for v, w in zip(row, u, strict=True)), Fraction(0)) for row in V]
    intercept = target_mean - sum(m * b for m, b in zip(mean, coef, strict=True))
    return coef, intercept, len(kept) + problem.intercept


def fit_rows(X: Sequence[Sequence[Fraction]], y: Sequence[Fraction], *, intercept: bool) -> RationalFit:
    """The exact fit to rows of rational numbers, such as a certified set's decimals."""
    columns = list(zip(*X, strict=True))
    moments = Moments(
        xx=[[_dot(a, b) for b in columns] for a in columns],
        xy=[_dot(a, y) for a in columns],
        x=[sum(a, Fraction(0)) for a in columns],
        yy=_dot(y, y),
        y=sum(y, Fraction(0)),
        n=len(y),
        weight=Fraction(len(y)),
    )
    return fit_moments(moments, intercept=intercept)


def _dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    return sum((s * t for s, t in zip(a, b, strict=True)), Fraction(0))


def digits(fit: Fit, problem: Problem) -> float:
    """Correct digits of the worst coefficient, the intercept included; 17 when each is correctly rounded."""
    coef, intercept, _ = solve(problem)
    worst = 17.0
    for got, wanted in zip([*fit.coef.tolist(), fit.intercept], [*coef, intercept], strict=True):
        if got == float(wanted):
            continue
        error = abs(Fraction(got) - wanted) / (abs(wanted) if wanted else 1)
        worst = min(worst, -math.log10(error))
    return worst


def problem(X: ArrayLike, y: ArrayLike, *, intercept: bool = True, l2: float = 0.0, dtype: str = "float64") -> Problem:
    """A problem as a backend is given it: C order, read-only."""
    design, target = np.array(X, dtype=dtype, order="C", ndmin=2), np.array(y, dtype=dtype)
    design.flags.writeable = target.flags.writeable = False
    return Problem(design, target, intercept, l2)


def _transpose(A: list[Row]) -> list[Row]:
    return [list(row) for row in zip(*A, strict=True)]


def _product(A: list[Row], B: list[Row]) -> list[Row]:
    columns = _transpose(B)
    return [[sum((a * b for a, b in zip(row, column, strict=True)), Fraction(0)) for column in columns] for row in A]


def _eliminated(A: list[Row], width: int) -> tuple[list[Row], list[int]]:
    """Gauss-Jordan on the first ``width`` columns; the rows and the columns that had a pivot."""
    A = [list(row) for row in A]
    kept: list[int] = []
    for j in range(width):
        top = len(kept)
        at = next((i for i in range(top, len(A)) if A[i][j]), None)
        if at is None:
            continue
        A[top], A[at] = A[at], A[top]
        A[top] = [v / A[top][j] for v in A[top]]
        for i in range(len(A)):
            if i != top and A[i][j]:
                factor = A[i][j]
                A[i] = [v - factor * w for v, w in zip(A[i], A[top], strict=True)]
        kept.append(j)
    return A, kept


def _pivots(A: list[Row]) -> list[int]:
    return _eliminated(A, len(A))[1]


def _gauss(A: list[Row], b: Row) -> Row:
    rows, _ = _eliminated([[*row, t] for row, t in zip(A, b, strict=True)], len(A))
    return [row[-1] for row in rows]
