"""The arithmetic was float32."""

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Float64, Question, solved

SHORT = 12
"""Bits of significand that suffice for numbers people choose, such as 0, 1 or 0.5, which are float32 anyway."""


@cause(place=55)
def single_precision(question: Question, given: Given) -> Iterator[Candidate]:
    """The data were rounded to float32."""
    with np.errstate(over="ignore"):
        X, y = (each.astype(np.float32).astype(np.float64) for each in (question.X, question.y))
    for what, A, b in (("data", X, y), ("features", X, question.y)):
        same = np.array_equal(A, question.X) and np.array_equal(b, question.y)
        if not same and np.isfinite(A).all() and np.isfinite(b).all():
            coef, level = solved(A, b, intercept=question.intercept, weights=question.weights)
            yield Candidate(f"the {what} were rounded to float32", coef, level, remedy=f"read the {what} as float64")
    single = np.array_equal(given.values.astype(np.float32), given.values)
    if single and _long(given.values) > 1 and given.digits.min() >= 10:
        what = "the numbers themselves are float32: they were computed in single precision"
        yield Candidate(what, given.coef, float(given.values[0]) if given.has_intercept else None, tried=10**4)


def _long(values: Float64) -> int:
    """How many numbers have more than `SHORT` significant bits."""
    significand = np.ldexp(np.frexp(values)[0], SHORT)
    return int(np.count_nonzero(significand != np.rint(significand)))
