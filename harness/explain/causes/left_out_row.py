"""One row was left out, used twice, or has another target."""

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause, closest
from harness.explain.given import Given
from harness.explain.question import Float64, Question, solved
from harness.explain.rows import RowSums


@cause(place=65)
def left_out_row(question: Question, given: Given) -> Iterator[Candidate]:
    """One row was left out, was used twice, or has another target."""
    if not RowSums.fit_for(question):
        return
    sums = RowSums(question, given)
    n = len(question.y)
    leverage = (sums.Q**2).sum(axis=1)
    with np.errstate(all="ignore"):
        without = -sums.Q * (sums.residual / (1 - leverage))[:, None]
        twice = sums.Q * (sums.residual / (1 + leverage))[:, None]
    i = closest(sums.numbers(without), given)
    rows = np.arange(n) != i
    coef, level = solved(question.X[rows], question.y[rows], intercept=question.intercept)
    what = f"row {i + 1} of the data was left out or is mistyped: without it these numbers come out"
    yield Candidate(what, coef, level, tried=2 * n, remedy=f"look at row {i + 1}")
    i = closest(sums.numbers(twice), given)
    counts = np.ones(n) + (np.arange(n) == i)
    coef, level = solved(question.X, question.y, intercept=question.intercept, weights=counts)
    remedy = f"remove the copy of row {i + 1}"
    yield Candidate(f"row {i + 1} of the data was used twice", coef, level, tried=2 * n, remedy=remedy)
    yield from _another_target(question, given, sums)


def _another_target(question: Question, given: Given, sums: RowSums) -> Iterator[Candidate]:
    """A change t of one row's target moves the answer along a line; find the nearest t for each row."""
    if len(given.values) < 2:
        return
    directions = sums.directions(sums.Q) / given.tolerance
    wanted = (given.values - sums.numbers(np.zeros((1, sums.Q.shape[1])))[0]) / given.tolerance
    moves = _moves(directions, wanted)
    away = np.abs(moves[:, None] * directions - wanted).max(axis=1)
    i = int(np.argmin(np.where(np.isnan(away), np.inf, away)))
    if not np.isfinite(moves[i]):
        return
    y = question.y.copy()
    y[i] += moves[i]
    coef, level = solved(question.X, y, intercept=question.intercept)
    what = f"{question.target} in row {i + 1} is {question.y[i]:.6g} here and was about {y[i]:.6g} there"
    yield Candidate(what, coef, level, free=1, tried=len(y), remedy=f"look at row {i + 1}")


def _moves(directions: Float64, wanted: Float64) -> Float64:
    """For each row, the middle of the interval of t that matches every number, or else the nearest t."""
    with np.errstate(all="ignore"):
        middles, widths = wanted / directions, np.abs(1 / directions)
    fixed = directions == 0
    low = np.where(fixed, -np.inf, middles - widths).max(axis=1)
    high = np.where(fixed, np.inf, middles + widths).min(axis=1)
    return np.asarray((low + high) / 2, dtype=np.float64)
