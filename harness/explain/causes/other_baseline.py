"""Dummies with another baseline, or with none."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question, solved


@cause(place=30)
def other_baseline(question: Question, _: Given) -> Iterator[Candidate]:
    """Dummies with another baseline, or with none."""
    for group in question.groups:
        columns = list(group)
        rest = 1.0 - question.X[:, columns].sum(axis=1)
        for j in columns:
            X = question.X.copy()
            X[:, j] = rest
            coef, level = solved(X, question.y, intercept=question.intercept)
            what = f"the category's baseline is {question.features[j]}, in whose place the given baseline has a column"
            yield Candidate(what, coef, level, tried=len(columns), remedy="choose the same baseline in both")
        coef, level = _deviations(question, columns)
        yield Candidate("the dummies are coded as deviations from the mean of all levels", coef, level)


def _deviations(question: Question, columns: list[int]) -> tuple[np.ndarray, float]:
    X = question.X.copy()
    baseline = X[:, columns].sum(axis=1) == 0
    X[np.ix_(baseline, columns)] = -1.0
    return solved(X, question.y, intercept=question.intercept)
