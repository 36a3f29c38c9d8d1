"""Another column of the data is in the model."""

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question, solved

MOST_COLUMNS = 30


@cause(place=34)
def another_column(question: Question, _: Given) -> Iterator[Candidate]:
    """Another column of the data is in the model, as a further feature or as the target."""
    others = dict(list(question.others.items())[:MOST_COLUMNS])
    tried = 2 * len(others)
    for name, column in others.items():
        wider = np.column_stack([question.X, column])
        coef, level = solved(wider, question.y, intercept=question.intercept, weights=question.weights)
        remedy = f"leave {name} out of the model"
        yield Candidate(f"{name} was a feature too", coef[:-1], level, tried=tried, remedy=remedy)
        coef, level = solved(question.X, column, intercept=question.intercept, weights=question.weights)
        what = f"{name} was predicted, not {question.target}"
        yield Candidate(what, coef, level, tried=tried, remedy=f"predict {question.target}")
