"""Only some of the rows, or some of them twice."""

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause, closest
from harness.explain.given import Given
from harness.explain.question import Float64, Question, solved
from harness.explain.rows import RowSums, solve_each

MOST_ENTRIES = 30_000_000


@cause(place=66)
def block_of_rows(question: Question, given: Given) -> Iterator[Candidate]:
    """The first or the last rows were left out, or were used twice."""
    n = len(question.y)
    size = question.X.shape[1] + question.intercept
    if not RowSums.fit_for(question) or n * size**2 > MOST_ENTRIES:
        return
    sums = RowSums(question, given)
    grams = np.cumsum(sums.Q[:, :, None] * sums.Q[:, None, :], axis=0)
    sides = np.cumsum(sums.Q * sums.residual[:, None], axis=0)
    cuts = np.arange(size + 1, n - size)
    if not len(cuts):
        return
    head, right = grams[cuts - 1], sides[cuts - 1]
    whole, all_sides = np.eye(size), np.zeros(size)
    for what, G, c, weights in (
        ("only the first {0} of {n} rows were used", head, right, (1, 0)),
        ("the first {0} of {n} rows were left out", whole - head, all_sides - right, (0, 1)),
        ("the first {0} of {n} rows were used twice", whole + head, all_sides + right, (2, 1)),
        ("the last {1} of {n} rows were used twice", 2 * whole - head, 2 * all_sides - right, (1, 2)),
    ):
        changes = solve_each(G, c)
        k = int(cuts[closest(sums.numbers(changes), given)])
        coef, level = _weighted(question, k, weights)
        clause = what.format(k, n - k, n=n)
        yield Candidate(clause, coef, level, tried=4 * n, remedy="use every row once")


def _weighted(question: Question, k: int, weights: tuple[int, int]) -> tuple[Float64, float]:
    if 0 in weights:
        rows = slice(0, k) if weights[0] else slice(k, None)
        return solved(question.X[rows], question.y[rows], intercept=question.intercept)
    counts = np.where(np.arange(len(question.y)) < k, *map(float, weights))
    return solved(question.X, question.y, intercept=question.intercept, weights=counts)
