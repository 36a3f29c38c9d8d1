"""A column was dropped, its coefficient told as 0."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question, solved


@cause(place=35)
def dropped_column(question: Question, given: Given) -> Iterator[Candidate]:
    """A column was dropped, its coefficient told as 0."""
    zero = np.flatnonzero(given.coef == 0)
    if not 0 < len(zero) < len(question.features):
        return
    kept = [j for j in range(len(question.features)) if j not in zero]
    coef = np.zeros(len(question.features))
    coef[kept], level = solved(question.X[:, kept], question.y, intercept=question.intercept)
    names = ", ".join(question.features[j] for j in zero)
    yield Candidate(f"without {names}: dropped as if it depended on the others", coef, level, remedy=f"keep {names}")
