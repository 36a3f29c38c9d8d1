"""A column was dropped, and its coefficient reported as 0."""

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question


@cause(place=35)
def dropped_column(question: Question, given: Given) -> Iterator[Candidate]:
    """A column was dropped, and its coefficient reported as 0."""
    p = len(question.features)
    zero = np.flatnonzero(given.coef == 0)
    if not 0 < len(zero) < p:
        return
    kept = [j for j in range(p) if j not in zero]
    few = question.reduced.changed(np.eye(p + 1)[:, [*kept, p]], np.zeros(len(kept) + 1))
    coef = np.zeros(p)
    coef[kept], level = few.solve(intercept=question.intercept)
    names = ", ".join(question.features[j] for j in zero)
    yield Candidate(f"without {names}: dropped as if it depended on the others", coef, level, remedy=f"keep {names}")
