"""Target and feature changed places."""

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question


@cause(place=20)
def swapped(question: Question, _: Given) -> Iterator[Candidate]:
    """Target and feature changed places."""
    p = len(question.features)
    for j, name in enumerate(question.features):
        order = np.arange(p + 1)
        order[[j, p]] = p, j
        exchanged = question.reduced.changed(np.eye(p + 1)[:, order], np.zeros(p + 1))
        coef, level = exchanged.solve(intercept=question.intercept)
        what = f"{name} was predicted from {question.target}" + (" and the other features" if p > 1 else "")
        remedy = f"predict {question.target} from {name}, not the other way"
        yield Candidate(what, coef, level, tried=p, remedy=remedy)
