"""Columns were scaled before the fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question, solved

SCALINGS: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "standardised (to deviation 1, over n)": lambda Z: (Z.mean(axis=0), Z.std(axis=0)),
    "standardised (to deviation 1, over n - 1)": lambda Z: (Z.mean(axis=0), Z.std(axis=0, ddof=1)),
    "scaled to 0 … 1": lambda Z: (Z.min(axis=0), np.ptp(Z, axis=0)),
    "centred": lambda Z: (Z.mean(axis=0), np.ones(Z.shape[1:])),
    "divided by their largest absolute value": lambda Z: (np.zeros(Z.shape[1:]), np.abs(Z).max(axis=0)),
}


@cause(place=40)
def scaled(question: Question, _: Given) -> Iterator[Candidate]:
    """Columns were scaled before the fit."""
    for what, scaling in SCALINGS.items():
        centre, length = scaling(question.X)
        X = (question.X - centre) / np.where(length == 0, 1.0, length)
        level, spread = scaling(question.y)
        y = (question.y - level) / (spread or 1.0)
        remedy = "turn the coefficients back into the data's own units"
        for columns, A, b in (
            (f"the features were {what}", X, question.y),
            (f"features and target were {what}", X, y),
            (f"the target was {what}", question.X, y),
        ):
            coef, intercept = solved(A, b, intercept=question.intercept)
            yield Candidate(columns, coef, intercept, remedy=remedy)
