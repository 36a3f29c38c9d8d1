"""Scores in fractions, row by row: what exact scores are held against. Slow and plain."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backends.base import Problem
from tests.support import exact_least_squares

Float64 = NDArray[np.float64]

__all__ = ["BruteScores", "brute_scores", "nearly_dependent", "random_problem"]


class BruteScores(NamedTuple):
    """Squares stay squares, so that nothing is rounded."""

    loss: Fraction
    minimum: Fraction
    excess: Fraction
    gradient_square: Fraction
    distance_square: Fraction
    fitted_square: Fraction
    max_difference: Fraction


def brute_scores(asked: Problem, coef: list[float], intercept: float) -> BruteScores:
    X = [[Fraction(float(v)) for v in row] for row in asked.X]
    y = [Fraction(float(v)) for v in asked.y]
    n, l2 = len(y), Fraction(asked.l2)
    b, b0 = [Fraction(v) for v in coef], Fraction(intercept)
    best, best0, _ = exact_least_squares.solve(asked)

    def fitted(c: list[Fraction], c0: Fraction) -> list[Fraction]:
        return [c0 + sum((v * w for v, w in zip(row, c, strict=True)), Fraction(0)) for row in X]

    def objective(values: list[Fraction], c: list[Fraction]) -> Fraction:
        residuals = [v - t for v, t in zip(values, y, strict=True)]
        return sum((r * r for r in residuals), Fraction(0)) / n + l2 * sum((v * v for v in c), Fraction(0))

    mine, exact = fitted(b, b0), fitted(best, best0)
    residual = [v - t for v, t in zip(mine, y, strict=True)]
    gradient = [
        2 * sum((r * row[j] for r, row in zip(residual, X, strict=True)), Fraction(0)) / n + 2 * l2 * b[j]
        for j in range(len(b))
    ]
    if asked.intercept:
        gradient.append(2 * sum(residual, Fraction(0)) / n)
    return BruteScores(
        loss=sum((r * r for r in residual), Fraction(0)) / n,
        minimum=objective(exact, best),
        excess=objective(mine, b) - objective(exact, best),
        gradient_square=sum((g * g for g in gradient), Fraction(0)),
        distance_square=sum(((v - w) ** 2 for v, w in zip(mine, exact, strict=True)), Fraction(0)),
        fitted_square=sum((w * w for w in exact), Fraction(0)),
        max_difference=max(
            (abs(v - w) for v, w in zip([*b, *[b0] * asked.intercept], [*best, best0], strict=False)),
            default=Fraction(0),
        ),
    )


def random_problem(rng: np.random.Generator) -> Problem:
    """Any shape, penalty, dtype and scale; a third of them nearly dependent, some exactly."""
    n, p = int(rng.integers(1, 9)), int(rng.integers(1, 4))
    X = rng.standard_normal((n, p)) * 10.0 ** rng.integers(-3, 4, p)
    kind = rng.integers(0, 6)
    if kind < 2 and p > 1:
        X[:, -1] = nearly_dependent(X[:, 0], rng)
    elif kind == 2 and p > 1:
        X[:, -1] = -X[:, 0]
    if rng.integers(0, 20) == 0:
        X *= 10.0 ** rng.choice([-300, -160, 150, 290])
    dtype = "float32" if kind == 3 and np.abs(X).max(initial=0) < 1e30 else "float64"
    y = rng.standard_normal(n) + (X @ np.ones(p) if rng.integers(0, 2) else 0)
    l2 = float(10.0 ** rng.uniform(-8, 1)) if rng.integers(0, 4) == 0 else 0.0
    return exact_least_squares.problem(X, y, intercept=bool(rng.integers(0, 2)), l2=l2, dtype=dtype)


def nearly_dependent(x: Float64, rng: np.random.Generator) -> Float64:
    """Another column that float64 can hardly tell from a line in x."""
    line: Float64 = x * rng.choice([1.0, 2.54, 1.8]) + rng.choice([0.0, 2.0, 32.0])
    off: Float64 = 1 + rng.integers(-1, 2, len(x)) * 10.0 ** rng.uniform(-16, -12)
    return line * off
