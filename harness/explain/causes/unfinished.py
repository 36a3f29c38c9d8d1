"""A descent was stopped before it arrived."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, best_of, cause
from harness.explain.given import Given
from harness.explain.question import Question

Float64 = np.ndarray


@cause(place=80)
def unfinished(question: Question, given: Given) -> Iterator[Candidate]:
    """A descent was stopped before it arrived."""
    deviation = np.where((d := question.X.std(axis=0)) == 0, 1.0, d)
    centre = question.X.mean(axis=0)
    span = np.where((r := np.ptp(question.X, axis=0)) == 0, 1.0, r)
    low = question.X.min(axis=0)
    nothing = np.zeros_like(centre)
    for what, shift, length in (
        ("", nothing, np.ones_like(centre)),
        (" on standardised features", centre, deviation),
        (" on features scaled to 0 … 1", low, span),
    ):
        for back in (True, False) if what else (False,):
            yield from _descents(question, given, what, shift, length, back=back)


def _descents(
    question: Question, given: Given, what: str, shift: Float64, length: Float64, *, back: bool
) -> Iterator[Candidate]:
    """Gradient descent from zero: along each singular direction the share ``1 - exp(-s² t)`` of the way is done."""
    Z = (question.X - shift) / length
    A = np.column_stack([np.ones(len(question.y)), Z]) if question.intercept else Z
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    kept = s > s[0] * 1e-14
    z = (U.T @ question.y)[kept] / s[kept]

    def fit(time: float) -> tuple[Float64, float]:
        b = Vt[kept].T @ (-np.expm1(-(s[kept] ** 2) * time) * z)
        coef, level = (b[1:], float(b[0])) if question.intercept else (b, 0.0)
        return (coef / length, level - float(shift @ (coef / length))) if back else (coef, level)

    def numbers(time: float) -> Float64:
        coef, level = fit(time)
        return np.concatenate([[level], coef]) if given.has_intercept else coef

    time = best_of(np.logspace(-3, 12, 240) / s[0] ** 2, numbers, given)
    coef, level = fit(time)
    units = ", in the data's own units" if back else ""
    steps = time * len(question.y) / 2
    told = f"gradient descent{what}{units} was stopped early: learning rate × epochs of about {steps:.3g}"
    yield Candidate(told, coef, level, free=1, remedy="run more epochs, or scale the features")
