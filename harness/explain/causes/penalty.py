"""The coefficients were penalised."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, best_of, cause
from harness.explain.given import Given
from harness.explain.question import Question

Float64 = np.ndarray


@cause(place=70)
def penalty(question: Question, given: Given) -> Iterator[Candidate]:
    """The coefficients were penalised: ridge regression."""
    for what, X, back in _designs(question):
        yield from _ridge(question, given, what, X, back)


def _designs(question: Question) -> Iterator[tuple[str, Float64, Float64]]:
    """The columns as they are, and of deviation 1 as many libraries have them; how coefficients go back."""
    yield "", question.X, np.ones(question.X.shape[1])
    deviation = question.X.std(axis=0)
    if (deviation > 0).all():
        yield " on columns of deviation 1", question.X / deviation, deviation


def _ridge(question: Question, given: Given, what: str, X: Float64, back: Float64) -> Iterator[Candidate]:
    n = len(question.y)
    centre, level = (X.mean(axis=0), question.y.mean()) if question.intercept else (np.zeros(X.shape[1]), 0.0)
    U, s, Vt = np.linalg.svd(X - centre, full_matrices=False)
    z = U.T @ (question.y - level)

    def fit(weight: float) -> tuple[Float64, float]:
        coef = Vt.T @ (s * z / (s**2 + weight))
        return coef / back, float(level - centre @ coef)

    def numbers(weight: float) -> Float64:
        coef, intercept = fit(weight)
        return np.concatenate([[intercept], coef]) if given.has_intercept else coef

    weight = best_of(s.max() ** 2 * np.logspace(-12, 4, 200), numbers, given)
    coef, intercept = fit(weight)
    told = f"a ridge penalty{what} of {weight:.4g} on the sum of squares ({weight / n:.4g} on the mean)"
    yield Candidate(told, coef, intercept, free=1, remedy="set the penalty (alpha, lambda, l2) to 0")
