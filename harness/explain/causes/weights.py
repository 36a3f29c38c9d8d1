"""Rows were weighted, or their weights were left out."""

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question, solved

MOST_COLUMNS = 30


@cause(place=52)
def weights(question: Question, _: Given) -> Iterator[Candidate]:
    """Rows were weighted by another column, or their weights were left out."""
    if question.weights is not None:
        coef, level = solved(question.X, question.y, intercept=question.intercept)
        yield Candidate("the weights were left out", coef, level, remedy="give it the weights too")
    positive = {name: column for name, column in question.others.items() if column.min() >= 0 and column.max() > 0}
    chosen = list(positive.items())[:MOST_COLUMNS]
    remedy = "use no weights" if question.weights is None else "use the same weights in both"
    for name, column in chosen:
        choices = [(name, column)]
        if column.min() > 0:
            choices += [(f"1 / {name}", 1 / column), (f"{name}²", column**2), (f"1 / {name}²", 1 / column**2)]
        choices.append((f"the root of {name}", np.sqrt(column)))
        for how, values in choices:
            coef, level = solved(question.X, question.y, intercept=question.intercept, weights=values)
            what = f"rows were weighted by {how}"
            yield Candidate(what, coef, level, tried=5 * len(chosen), remedy=remedy)
