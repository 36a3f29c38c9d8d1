"""Dependent columns, and the answer of least norm."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question


@cause(place=36)
def least_norm(question: Question, _: Given) -> Iterator[Candidate]:
    """The columns depend on one another, and this is the answer of least norm."""
    n = len(question.y)
    A = np.column_stack([np.ones(n), question.X]) if question.intercept else question.X
    if np.linalg.matrix_rank(A) == A.shape[1]:
        return
    remedy = "drop a column that depends on the others"
    b = np.linalg.lstsq(A, question.y, rcond=None)[0]
    coef, level = (b[1:], float(b[0])) if question.intercept else (b, 0.0)
    yield Candidate("the columns are dependent: of the many answers this is the one of least norm, intercept included",
                    coef, level, remedy=remedy)  # fmt: skip
    if question.intercept:
        centre = question.X.mean(axis=0)
        coef = np.linalg.lstsq(question.X - centre, question.y - question.y.mean(), rcond=None)[0]
        what = "the columns are dependent: of the many answers this is the one of least norm, intercept left free"
        yield Candidate(what, coef, float(question.y.mean() - centre @ coef), remedy=remedy)
