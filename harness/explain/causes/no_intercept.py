"""The intercept was left out, or put in."""

from collections.abc import Iterator

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question


@cause(place=10)
def no_intercept(question: Question, _: Given) -> Iterator[Candidate]:
    """The intercept was left out, or put in."""
    coef, level = question.reduced.solve(intercept=not question.intercept)
    if question.intercept:
        yield Candidate("the model has no intercept", coef, 0.0, remedy="add an intercept (a column of ones)")
    else:
        yield Candidate("the model has an intercept", coef, level, remedy="leave the intercept out")
