"""The coefficients were penalised."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from harness.explain.candidate import NEAT, Candidate, cause, distance, nearest_value, neat
from harness.explain.given import Given
from harness.explain.question import Float64, Question
from harness.explain.reduced import Reduced, Singular

REMEDY = "set the penalty (alpha, lambda, l2) to 0"


@dataclass(frozen=True, eq=False)
class _Design:
    """Penalised columns, and how to convert their coefficients back."""

    what: str
    data: Reduced
    lengths: Float64
    intercept: str = "free"


@cause(place=70)
def penalty(question: Question, given: Given) -> Iterator[Candidate]:
    """The coefficients were penalised: ridge regression."""
    if not len(question.features):
        return
    if question.l2 > 0:
        coef, level = question.reduced.solve(intercept=question.intercept)
        remedy = (
            f"set the penalty to {question.l2:g} on the mean of squares, {question.l2 * question.weight:g} on the sum"
        )
        yield Candidate("there is no penalty", coef, level, remedy=remedy)
    for design in _designs(question):
        yield from _ridge(question, given, design)


def _designs(question: Question) -> Iterator[_Design]:
    """The columns unscaled and scaled to standard deviation 1, with the intercept free or penalised."""
    data, p = question.reduced, len(question.features)
    ones = np.ones(p)
    yield _Design("", data, ones, "free" if question.intercept else "none")
    if question.intercept:
        yield _Design(" (the intercept penalised too)", data, ones, "penalised")
    deviation = question.X.std(axis=0)
    if not (deviation > 0).all():
        return
    centre = question.X.mean(axis=0) if question.intercept else np.zeros(p)
    scaled = data.scaled(np.append(centre, 0.0), np.append(deviation, 1.0))
    intercept = "free" if question.intercept else "none"
    yield _Design(
        " on columns of standard deviation 1, converted back to the data's units,", scaled, deviation, intercept
    )
    yield _Design(" on standardised columns", scaled, ones, intercept)
    spread = question.y.std()
    if spread > 0:
        both = scaled.scaled(np.append(np.zeros(p), question.y.mean()), np.append(ones, spread))
        yield _Design(" on standardised columns and target", both, ones, intercept)


def _ridge(question: Question, given: Given, design: _Design) -> Iterator[Candidate]:
    data, n = design.data, question.weight
    if design.intercept == "penalised":
        rows = data.rows
        found = Singular.of(rows[:, :-1], rows[:, -1])
    else:
        found = data.singular(intercept=design.intercept == "free")
    squares = found.values**2
    if not len(squares):
        return
    scaled = (design.lengths != 1).any() and design.intercept == "free"
    centre = question.X.mean(axis=0) if scaled else np.zeros(len(question.features))

    def fit(weights: Float64) -> Float64:
        b = found.answers(squares / (squares + weights[:, None]))
        if design.intercept == "penalised":
            return b
        level = data.mean[-1] - b @ data.mean[:-1] if design.intercept == "free" else np.zeros(len(b))
        coef = b / design.lengths
        return np.column_stack([level - coef @ centre, coef])

    def candidate(weight: float, free: int, tried: int) -> Candidate:
        answer = fit(np.array([weight]))[0]
        what = (f"a ridge penalty{design.what} of {weight:.6g} on the sum of squares, which is {weight / n:.6g} on "
                f"their mean and {2 * weight / n:.6g} on half of it")  # fmt: skip
        return Candidate(what, answer[1:], float(answer[0]), free, tried, REMEDY)

    if _is_limit(fit, given):
        return
    weight = nearest_value(squares.max() * np.logspace(-14, 4, 240), fit, given)
    yield candidate(weight, 1, 5)
    for factor in (1.0, n, n / 2):
        yield candidate(neat(weight / factor) * factor, 0, 15 * len(NEAT))


def _is_limit(fit: Callable[[Float64], Float64], given: Given) -> bool:
    """Whether the numbers are the answer without a penalty, so that a penalty explains nothing."""
    found = fit(np.zeros(1))
    return bool((distance(found if given.has_intercept else found[:, 1:], given) <= 1).all())
