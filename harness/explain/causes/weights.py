"""Rows were weighted."""

from __future__ import annotations

from collections.abc import Iterator

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question, solved


@cause(place=52)
def weights(question: Question, _: Given) -> Iterator[Candidate]:
    """Rows were weighted by another column."""
    columns = {name: column for name, column in question.others.items() if column.min() >= 0 and column.max() > 0}
    for name, column in columns.items():
        coef, level = solved(question.X, question.y, intercept=question.intercept, weights=column)
        yield Candidate(f"rows were weighted by {name}", coef, level, tried=2 * len(columns), remedy="use no weights")
        if column.min() > 0:
            coef, level = solved(question.X, question.y, intercept=question.intercept, weights=1 / column)
            what = f"rows were weighted by 1 / {name}"
            yield Candidate(what, coef, level, tried=2 * len(columns), remedy="use no weights")
