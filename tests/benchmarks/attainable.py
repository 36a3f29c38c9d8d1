"""Attainable digits against brute force: ``python -m tests.benchmarks.attainable``.

Each problem is solved exactly, then again for many changes of its data by up to half a unit in the last place, exactly
each time. What is observed is the largest change of a coefficient; the first-order prediction is held against it.
"""

import math
import sys
from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, NamedTuple

import flint
import numpy as np

from backends.base import Problem
from harness.reference import solve
from tests.support.exact_least_squares import problem

Kind = Literal["up or down", "anything up to"]
GRID = 1 << 20


class Observed(NamedTuple):
    """Digits of one coefficient."""

    predicted: float
    bound: float
    observed: float


def random_problem(rng: np.random.Generator) -> Problem:
    """Any size, scale, offset, condition number from 1 to 1e10 and noise from 1e-8 to 10 times the signal."""
    n, p = int(rng.integers(6, 60)), int(rng.integers(1, 6))
    n = max(n, p + 3)
    X = rng.standard_normal((n, p))
    if p > 1:
        X[:, -1] = X[:, 0] + X[:, -1] * 10.0 ** rng.uniform(-10, 0)
    X = (X + 10.0 ** rng.uniform(-2, 3, p) * rng.integers(0, 2, p)) * 10.0 ** rng.uniform(-3, 3, p)
    y = X @ rng.standard_normal(p) + rng.standard_normal()
    y += np.std(y) * 10.0 ** rng.uniform(-8, 1) * rng.standard_normal(n)
    return problem(X, y, intercept=bool(rng.integers(0, 2)))


def observed(asked: Problem, rng: np.random.Generator, changes: int, kind: Kind) -> list[Observed]:
    """Predicted and observed digits of each coefficient, the intercept first."""
    predicted = solve(asked).attainable
    A = np.column_stack([asked.X, asked.y]).astype(np.float64)
    half = np.abs(np.spacing(A)) / 2
    exponent = int(min(math.frexp(h)[1] for h in half.flat)) - 25
    whole = np.array([int(Fraction(v) * Fraction(2) ** -exponent) for v in A.flat], dtype=object).reshape(A.shape)
    units = np.array([int(Fraction(h) * Fraction(2) ** -exponent) for h in half.flat], dtype=object).reshape(A.shape)
    exact = _solution(whole, asked.intercept, exponent)
    worst = [Fraction(0)] * len(exact)
    for _ in range(changes):
        steps = rng.choice([-GRID, GRID], A.shape) if kind == "up or down" else rng.integers(-GRID, GRID + 1, A.shape)
        moved = _solution(whole * GRID + units * steps.astype(object), asked.intercept, exponent - 20)
        worst = [max(w, abs(b - c)) for w, b, c in zip(worst, moved, exact, strict=True)]
    return [
        Observed(p, low, _digits(w / (abs(b) or 1)))
        for p, low, w, b in zip(predicted.coefficients, predicted.bounds, worst, exact, strict=True)
    ]


def _digits(error: Fraction) -> float:
    return 17.0 if error == 0 else min(17.0, max(0.0, -math.log10(float(error))))


def _solution(A: np.ndarray, intercept: bool, exponent: int) -> list[Fraction]:
    n, p = len(A), A.shape[1] - 1
    X = flint.fmpz_mat(n, p + intercept, [int(v) for row in A for v in ([1] * intercept + list(row[:-1]))])
    y = flint.fmpz_mat(n, 1, [int(v) for v in A[:, -1]])
    b = ((X.transpose() * X).solve(X.transpose() * y)).entries()
    found = [Fraction(int(each.p), int(each.q)) for each in b]
    return [found[0] * Fraction(2) ** exponent, *found[1:]] if intercept else found


def shares(problems: int, changes: int, kind: Kind, seed: int = 1) -> Iterator[tuple[str, float]]:
    """Shares of problems, and of coefficients, whose prediction is within half a digit of what was observed."""
    rng = np.random.default_rng(seed)
    found = [observed(random_problem(rng), rng, changes, kind) for _ in range(problems)]
    every = [each for one in found for each in one]
    worst = [Observed(*(min(column) for column in zip(*one, strict=True))) for one in found]
    for name, rows in (("worst coefficient", worst), ("every coefficient", every)):
        apart = np.array([each.predicted - each.observed for each in rows])
        yield f"{name}: within half a digit", float(np.mean(np.abs(apart) <= 0.5))
        yield f"{name}: mean of predicted less observed", float(apart.mean())
        yield f"{name}: bound within half a digit", float(np.mean([abs(e.bound - e.observed) <= 0.5 for e in rows]))
        yield f"{name}: bound beyond observed", float(np.mean([e.bound > e.observed + 1e-9 for e in rows]))


def main() -> None:
    given = [int(each) for each in sys.argv[1:3]]
    problems, changes = [*given, *(200, 1000)[len(given) :]]
    print(f"{problems} problems, each solved exactly under {changes} changes of its data by half a unit")
    kinds: tuple[Kind, ...] = ("up or down", "anything up to")
    for kind in kinds:
        for what, value in shares(problems, changes, kind):
            print(f"{kind:15} {what:50} {value:7.3f}")


if __name__ == "__main__":
    main()
