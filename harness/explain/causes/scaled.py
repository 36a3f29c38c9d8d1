"""Columns were scaled before the fit."""

from collections.abc import Callable, Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Float64, Question

SCALINGS: dict[str, Callable[[Float64], tuple[Float64, Float64]]] = {
    "standardised (to standard deviation 1, over n)": lambda Z: (Z.mean(axis=0), Z.std(axis=0)),
    "standardised (to standard deviation 1, over n - 1)": lambda Z: (
        Z.mean(axis=0),
        Z.std(axis=0, ddof=min(1, len(Z) - 1)),
    ),
    "scaled to 0 … 1": lambda Z: (Z.min(axis=0), np.ptp(Z, axis=0)),
    "scaled to -1 … 1": lambda Z: ((Z.min(axis=0) + Z.max(axis=0)) / 2, np.ptp(Z, axis=0) / 2),
    "centred": lambda Z: (Z.mean(axis=0), np.ones(Z.shape[1])),
    "divided by their largest absolute value": lambda Z: (np.zeros(Z.shape[1]), np.abs(Z).max(axis=0)),
    "divided by their length": lambda Z: (np.zeros(Z.shape[1]), np.sqrt((Z**2).sum(axis=0))),
    "scaled by median and quartiles": lambda Z: (np.median(Z, axis=0), np.subtract(*np.quantile(Z, [0.75, 0.25], 0))),
}


@cause(place=40)
def scaled(question: Question, _: Given) -> Iterator[Candidate]:
    """Columns were scaled before the fit."""
    columns = np.column_stack([question.X, question.y])
    remedy = "convert the coefficients back to the data's own units"
    for what, scaling in SCALINGS.items():
        centre, length = scaling(columns)
        length = np.where(length == 0, 1.0, length)
        nothing, one = np.zeros_like(centre), np.ones_like(length)
        target = np.arange(len(centre)) == len(centre) - 1
        for which, chosen in (("features", ~target), ("features and target", target | True), ("target", target)):
            changed = question.reduced.scaled(np.where(chosen, centre, nothing), np.where(chosen, length, one))
            coef, level = changed.solve(intercept=question.intercept)
            was = "was" if which == "target" else "were"
            yield Candidate(f"the {which} {was} {what}", coef, level, tried=3 * len(SCALINGS), remedy=remedy)
