"""One row is not as it should be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause, distance
from harness.explain.given import Given
from harness.explain.question import Question, solved

MOST_ROWS = 200_000


@cause(place=65)
def left_out_row(question: Question, given: Given) -> Iterator[Candidate]:
    """One row was left out, or mistyped: without it the numbers are right."""
    n, p = question.X.shape
    if not p + 2 <= n <= MOST_ROWS:
        return
    A = np.column_stack([np.ones(n), question.X]) if question.intercept else question.X
    lengths = np.where((size := np.sqrt((A**2).sum(axis=0))) == 0, 1.0, size)
    Q, R = np.linalg.qr(A / lengths)
    if np.abs(np.diag(R)).min() < 1e-12:
        return
    leverage = (Q**2).sum(axis=1)
    residual = question.y - Q @ (Q.T @ question.y)
    with np.errstate(all="ignore"):
        moved = np.linalg.solve(R, (Q * (residual / (1 - leverage))[:, None]).T).T / lengths
    coef, level = question.answer
    whole = np.concatenate([[level], coef]) if question.intercept else coef
    without = whole - moved
    numbers = without if given.has_intercept or not question.intercept else without[:, 1:]
    if numbers.shape[1] != len(given.values):
        return
    off = distance(numbers, given).max(axis=1)
    i = int(np.argmin(off))
    rows = np.arange(n) != i
    coef, level = solved(question.X[rows], question.y[rows], intercept=question.intercept)
    what = f"row {i + 1} of the data was left out or is mistyped: without it these numbers come out"
    yield Candidate(what, coef, level, tried=n, remedy=f"look at row {i + 1}")
