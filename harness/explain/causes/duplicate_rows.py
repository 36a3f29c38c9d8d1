"""Rows that occur more than once were used once."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Float64, Question, solved

MOST_VALUES = 10_000_000
"""Most values of the data for which rows are compared."""


@cause(place=58)
def duplicate_rows(question: Question, _: Given) -> Iterator[Candidate]:
    """Rows that are the same as an earlier one, or have the same features, were dropped."""
    X, y = question.X, question.y
    if X.size > MOST_VALUES:
        return
    whole = _firsts(np.column_stack([X, y]))
    for kept, what in ((whole, "are the same as an earlier one"), (_firsts(X), "have the features of an earlier one")):
        dropped = len(y) - len(kept)
        if dropped and len(kept) > X.shape[1] + question.intercept:
            coef, level = solved(X[kept], y[kept], intercept=question.intercept)
            what_was_dropped = f"the {dropped} of {len(y)} rows that {what} were dropped"
            yield Candidate(
                what_was_dropped, coef, level, tried=2, remedy="keep the duplicate rows in both, or in neither"
            )


def _firsts(rows: Float64) -> NDArray[np.intp]:
    """Indices of the first occurrences of distinct rows."""
    return np.sort(np.unique(rows, axis=0, return_index=True)[1])
