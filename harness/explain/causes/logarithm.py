"""A logarithm was taken."""

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question, solved

MOST_VALUES = 3_000_000
"""Most values of the features for which each feature is tried alone."""

KINDS = {"natural": (np.log, 0.0), "base 10": (np.log10, 0.0), "base 2": (np.log2, 0.0), "log(1 + x)": (np.log1p, -1.0)}


@cause(place=45)
def logarithm(question: Question, _: Given) -> Iterator[Candidate]:
    """The target's or the features' logarithm was taken."""
    X, y = question.X, question.y
    p = X.shape[1]
    for name, (log, least) in KINDS.items():
        positive = np.flatnonzero(X.min(axis=0) > least)
        choices = []
        if y.min() > least:
            choices.append((f"the target is its logarithm ({name})", X, log(y)))
        if p and len(positive) == p:
            choices.append((f"the features are their logarithms ({name})", log(X), y))
            if y.min() > least:
                choices.append((f"target and features are their logarithms ({name})", log(X), log(y)))
        for j in positive if p > 1 and X.size <= MOST_VALUES else ():
            Z = X.copy()
            Z[:, j] = log(X[:, j])
            choices.append((f"{question.features[j]} is its logarithm ({name})", Z, y))
        for what, A, b in choices:
            coef, level = solved(A, b, intercept=question.intercept, weights=question.weights)
            yield Candidate(what, coef, level, tried=(3 + p) * len(KINDS), remedy="take no logarithm")
