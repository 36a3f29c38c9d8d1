"""The intercept is in the model twice."""

from collections.abc import Iterator

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question


@cause(place=15)
def doubled_intercept(question: Question, given: Given) -> Iterator[Candidate]:
    """The intercept is in the model twice: a column of ones beside an intercept."""
    if not (question.intercept and given.has_intercept):
        return
    coef, level = question.answer
    remedy = "give the column of ones or the option for an intercept, not both"
    half = "the intercept is in the model twice (a column of ones beside an intercept), each with half of it"
    yield Candidate(half, coef, level / 2, remedy=remedy)
    none = "the intercept is in the model twice (a column of ones beside an intercept), and the other one has all of it"
    yield Candidate(none, coef, 0.0, remedy=remedy)
