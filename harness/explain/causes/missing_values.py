"""Rows with missing values were treated in another way."""

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question, solved


@cause(place=50)
def missing_values(question: Question, _: Given) -> Iterator[Candidate]:
    """Rows with missing values were treated in another way."""
    if question.with_gaps is None:
        return
    X, y = question.with_gaps()
    has_target = ~np.isnan(y)
    complete = has_target & ~np.isnan(X).any(axis=1)
    means = np.nanmean(X, axis=0)
    medians = np.nanmedian(X, axis=0)
    remedy = "leave the same rows out in both"
    for what, filled, rows in (
        ("missing values were filled with 0", np.nan_to_num(X), has_target),
        ("missing values were filled with the column's mean", np.where(np.isnan(X), means, X), has_target),
        ("missing values were filled with the column's median", np.where(np.isnan(X), medians, X), has_target),
        ("rows with missing values were dropped", X, complete),
    ):
        coef, level = solved(filled[rows], y[rows], intercept=question.intercept)
        yield Candidate(what, coef, level, remedy=remedy)
    zero = np.nan_to_num(y)
    coef, level = solved(np.nan_to_num(X), zero, intercept=question.intercept)
    yield Candidate("missing values were filled with 0, the target's too", coef, level, remedy=remedy)
