"""The data were rounded before the fit."""

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Float64, Question, solved

PLACES = range(-3, 7)
SIGNIFICANT = range(2, 8)
MOST_VALUES = 3_000_000
"""Most values of the features for which rounding is tried."""


@cause(place=56)
def rounded_data(question: Question, _: Given) -> Iterator[Candidate]:
    """The data were rounded to fewer digits before the fit."""
    X, y = question.X, question.y
    if X.size > MOST_VALUES:
        return
    ways = [(f"to {k} decimals" if k >= 0 else f"to {10**-k}s", X.round(k), y.round(k)) for k in PLACES]
    ways += [(f"to {k} significant digits", _significant(X, k), _significant(y, k)) for k in SIGNIFICANT]
    tried = 3 * len(ways)
    for how, A, b in ways:
        features, target = not np.array_equal(A, X), not np.array_equal(b, y)
        choices = []
        if features and target:
            choices.append(("the data were", A, b))
        if features:
            choices.append(("the features were", A, y))
        if target:
            choices.append(("the target was", X, b))
        for which, Z, z in choices:
            coef, level = solved(Z, z, intercept=question.intercept, weights=question.weights)
            yield Candidate(f"{which} rounded {how}", coef, level, tried=tried, remedy="use the data in full")


def _significant(values: Float64, digits: int) -> Float64:
    size = np.abs(values)
    scale = 10.0 ** (digits - 1 - np.floor(np.log10(np.where(size > 0, size, 1.0))))
    return np.asarray(np.round(values * scale) / scale)
