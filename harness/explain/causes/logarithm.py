"""Logarithms were taken."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question, solved


@cause(place=45)
def logarithm(question: Question, _: Given) -> Iterator[Candidate]:
    """Logarithms were taken."""
    X, y = question.X, question.y
    kinds = {"natural": np.log, "base-10": np.log10, "log(1 + x)": np.log1p}
    for name, log in kinds.items():
        least = -1.0 if name == "log(1 + x)" else 0.0
        choices = []
        if y.min() > least:
            choices.append((f"the target is its logarithm ({name})", X, log(y)))
        if X.min() > least:
            choices.append((f"the features are their logarithms ({name})", log(X), y))
        if choices and X.min() > least and y.min() > least:
            choices.append((f"target and features are their logarithms ({name})", log(X), log(y)))
        for what, A, b in choices:
            coef, level = solved(A, b, intercept=question.intercept)
            yield Candidate(what, coef, level, tried=3, remedy="take no logarithm")
