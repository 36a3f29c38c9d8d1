"""The coefficients are the right ones in another order."""

import math
from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question


@cause(place=11)
def reordered(question: Question, given: Given) -> Iterator[Candidate]:
    """The coefficients are the right ones in another order."""
    coef, level = question.answer
    order = np.argsort(np.argsort(given.coef))
    sources = np.argsort(coef)[order]
    if np.array_equal(sources, np.arange(len(coef))):
        return
    names = ", ".join(question.features[j] for j in sources)
    remedy = f"give the coefficients in the order {', '.join(question.features)}"
    what = f"the numbers are the right ones in another order: {names}"
    yield Candidate(what, coef[sources], level, tried=min(math.factorial(len(coef)), 10**15), remedy=remedy)
