"""A descent was stopped before it converged."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from harness.explain.candidate import Candidate, cause, distance, nearest_value
from harness.explain.given import Given
from harness.explain.question import Float64, Question
from harness.explain.reduced import Reduced, Singular

REMEDY = "run more epochs, or scale the features"
RATES = tuple(m * 10.0**k for k in range(-7, 1) for m in (1, 2, 3, 5))
"""Usual learning rates."""

EPOCHS = np.unique(np.concatenate([np.arange(1, 101), np.logspace(2, 6, 161).round(), *(
    10.0**k * np.arange(1, 10) for k in range(2, 6))]))  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Design:
    """Columns of a descent, and how to convert its coefficients back."""

    what: str
    data: Reduced
    back: Callable[[Float64], Float64]


@cause(place=80)
def unfinished(question: Question, given: Given) -> Iterator[Candidate]:
    """A descent was stopped before it converged."""
    if not len(question.features):
        return
    for design in _designs(question):
        yield from _descents(question, given, design)


def _designs(question: Question) -> Iterator[_Design]:
    X = question.X
    yield _Design("", question.reduced, lambda b: b)
    scalings = (
        ("standardised features", X.mean(axis=0), X.std(axis=0)),
        ("features scaled to 0 … 1", X.min(axis=0), np.ptp(X, axis=0)),
    )
    for what, centre, size in scalings:
        length = np.where(size == 0, 1.0, size)
        scaled = question.reduced.scaled(np.append(centre, 0.0), np.append(length, 1.0))
        yield _Design(f" on {what}", scaled, lambda b: b)
        yield _Design(f" on {what}, converted back to the data's units,", scaled, _back(centre, length))
    level, spread = question.y.mean(), question.y.std()
    if spread > 0:
        deviation = np.where(X.std(axis=0) == 0, 1.0, X.std(axis=0))
        centre = X.mean(axis=0)
        both = question.reduced.scaled(np.append(centre, level), np.append(deviation, spread))
        yield _Design(" on standardised features and target", both, lambda b: b)
        back = _back(centre, deviation)

        def whole(b: Float64) -> Float64:
            found = back(b * spread)
            found[:, 0] += level
            return found

        yield _Design(" on standardised features and target, converted back to the data's units,", both, whole)


def _back(centre: Float64, length: Float64) -> Callable[[Float64], Float64]:
    def back(b: Float64) -> Float64:
        coef = b[:, 1:] / length
        return np.column_stack([b[:, 0] - coef @ centre, coef])

    return back


def _descents(question: Question, given: Given, design: _Design) -> Iterator[Candidate]:
    """From zero, after k steps ``(1 - r s²)^k`` of a singular direction remains, or ``exp(-s² t)`` in the limit."""
    n = len(question.y)
    rows = design.data.rows
    found = Singular.of(rows[:, :-1] if question.intercept else rows[:, 1:-1], rows[:, -1])
    squares = found.values**2
    if not len(squares):
        return

    def answer_at(shares: Float64) -> Float64:
        b = found.answers(shares)
        return design.back(b if question.intercept else np.column_stack([np.zeros(len(b)), b]))

    def flow(times: Float64) -> Float64:
        return answer_at(-np.expm1(-squares * times[:, None]))

    if (distance(answer_at(np.ones((1, len(squares))))[:, 1 - given.has_intercept :], given) <= 1).all():
        return  # the descent has converged
    time = nearest_value(np.logspace(-3, 14, 300) / squares[0], flow, given)
    what = f"gradient descent{design.what} was stopped early: learning rate × epochs of about {time * n / 2:.3g}"
    answer = flow(np.array([time]))[0]
    yield Candidate(what, answer[1:], float(answer[0]), free=1, tried=7, remedy=REMEDY)
    yield from _steps(given, design, squares, answer_at, n)


def _steps(
    given: Given, design: _Design, squares: Float64, answer_at: Callable[[Float64], Float64], n: int
) -> Iterator[Candidate]:
    """Integer steps at a usual learning rate, for the mean squared error or half of it."""
    best: tuple[float, float, str, int] | None = None
    for half, factor in (("", 2.0 / n), (" of half the mean squared error", 1.0 / n)):
        for rate in RATES:
            step = rate * factor
            if step * squares[0] >= 2:
                continue
            answers = answer_at(_done(step * squares, EPOCHS))
            away = distance(answers if given.has_intercept else answers[:, 1:], given).max(axis=1)
            i = int(np.argmin(away))
            for epochs in {int(EPOCHS[i]), *_refined(given, step, squares, answer_at, i)}:
                answer = answer_at(_done(step * squares, np.array([epochs])))
                off = float(distance(answer if given.has_intercept else answer[:, 1:], given).max())
                if best is None or off < best[0]:
                    best = (off, step, f"{rate:g}{half}", epochs)
    if best is None:
        return
    _, step, name, epochs = best
    answer = answer_at(_done(step * squares, np.array([epochs])))[0]
    what = f"gradient descent{design.what} was stopped after {epochs} epochs at a learning rate of {name}"
    tried = 14 * len(RATES) * (400 if epochs in EPOCHS else 10**5)
    yield Candidate(what, answer[1:], float(answer[0]), tried=tried, remedy=REMEDY)


def _refined(
    given: Given, step: float, squares: Float64, answer_at: Callable[[Float64], Float64], i: int
) -> tuple[int, ...]:
    """The best integer number of epochs between the neighbours of a grid point."""
    low, high = EPOCHS[max(0, i - 1)], EPOCHS[min(len(EPOCHS) - 1, i + 1)]
    if high - low <= 2:
        return ()
    scan = np.linspace(low, high, 9)
    found = nearest_value(scan, lambda k: answer_at(_done(step * squares, np.round(k))), given)
    return (round(found),)


def _done(rates: Float64, epochs: Float64) -> Float64:
    """The share of each direction that is done, ``1 - (1 - rate)^epochs``, accurate for small shares."""
    k = epochs[:, None]
    small = np.minimum(rates, 0.5)
    return np.where(rates <= 0.5, -np.expm1(k * np.log1p(-small)), 1.0 - (1.0 - rates) ** k)
