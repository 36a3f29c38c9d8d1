"""Target and feature changed places."""

from __future__ import annotations

from collections.abc import Iterator

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question, solved


@cause(place=20)
def swapped(question: Question, _: Given) -> Iterator[Candidate]:
    """Target and feature changed places."""
    p = len(question.features)
    for j, name in enumerate(question.features):
        X = question.X.copy()
        X[:, j] = question.y
        coef, level = solved(X, question.X[:, j], intercept=question.intercept)
        what = f"{name} was predicted from {question.target}" + (" and the other features" if p > 1 else "")
        yield Candidate(what, coef, level, tried=p, remedy=f"predict {question.target} from {name}, not the other way")
