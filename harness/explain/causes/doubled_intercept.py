"""The intercept is in the model twice, or not in the answer."""

from collections.abc import Iterator

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question


@cause(place=15)
def doubled_intercept(question: Question, given: Given) -> Iterator[Candidate]:
    """The intercept is in the model twice: a column of ones beside an intercept. Or it is left out of the answer."""
    if not (question.intercept and given.has_intercept):
        return
    coef, level = question.answer
    remedy = "give the column of ones or the option for an intercept, not both"
    half = "the intercept is in the model twice (a column of ones beside an intercept), each with half of it"
    yield Candidate(half, coef, level / 2, remedy=remedy)
    none = "the coefficients are those of the model with an intercept, and the intercept itself is not handed over"
    yield Candidate(none, coef, 0.0, remedy="give it too; a column of ones beside an intercept may hold it")
