"""Other questions whose answers may be the given numbers, and how well they match.

Each module of `harness.explain.causes` is one cause: a function from a question and given numbers to candidates.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from harness.catalog import module_names, namesake
from harness.explain.given import COUNTED, Given
from harness.explain.question import Question

Float64 = NDArray[np.float64]

CERTAIN = 4.0
"""Digits of surplus from which a match is not chance, which would reach it once in ten thousand times."""

PACKAGE = "harness.explain.causes"

ZOOMS, POINTS = 12, 41
"""Steps of a search for one number, and values tried in each: a step shrinks the interval by a factor of 20."""

VALLEYS = 3
"""Local minima of the first scan that are refined."""

NEAT = tuple(sorted({round(m * 10.0**k, 15) for k in range(-8, 6) for m in (*range(1, 10), 1.5, 2.5)}))
"""Round values that people choose."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """Another question, with its answer."""

    what: str
    """What was done, as a clause: ``"the model has no intercept"``."""
    coef: Float64
    """Of shape (n_features,)."""
    intercept: float | None = None
    """None where the candidate does not determine it."""
    free: int = 0
    """Number of fitted parameters, such as a penalty's weight."""
    tried: int = 1
    """Number of alternatives from which it was chosen, such as n for one of n rows."""
    remedy: str = ""
    """What to change to get the right answer."""


@dataclass(frozen=True, eq=False)
class Match:
    """A candidate compared with the given numbers."""

    cause: str
    """The cause's name."""
    candidate: Candidate
    digits: float
    """Digits that the worst number shares, at most those printed."""
    explained: bool
    """Whether every number equals the candidate's, rounded as printed."""
    surplus: float
    """Matching digits beyond those that choosing the candidate accounts for."""
    place: float = 0.0
    """The cause's rank by simplicity, the simplest first."""

    @property
    def certain(self) -> bool:
        """Whether the match is not chance."""
        return self.explained and self.surplus >= CERTAIN

    @property
    def merit(self) -> float:
        """Ranks explanations: digits of surplus, with a slight preference for simpler causes."""
        return self.surplus - self.place / 50


@dataclass(frozen=True, eq=False)
class Cause:
    """Why numbers may differ from the right ones; ``place`` ranks it by simplicity, the simplest first."""

    name: str
    about: str
    place: float
    find: Callable[[Question, Given], Iterable[Candidate]]


def cause(place: float) -> Callable[[Callable[[Question, Given], Iterable[Candidate]]], Cause]:
    """Turn a function into a `Cause` with its name and docstring."""

    def made(find: Callable[[Question, Given], Iterable[Candidate]]) -> Cause:
        return Cause(find.__name__, " ".join((find.__doc__ or "").split()), place, find)

    return made


@cache
def causes() -> tuple[Cause, ...]:
    """All causes, the simplest first."""
    found = [namesake(f"{PACKAGE}.{name}", Cause) for name in module_names(PACKAGE, but=frozenset())]
    return tuple(sorted(found, key=lambda each: each.place))


def distance(values: Float64, given: Given) -> Float64:
    """Distance of each number from the given one, in units of its tolerance; 1 or less is a match.

    Parameters
    ----------
    values : ndarray of shape (..., n_given)
    """
    with np.errstate(all="ignore"):
        away = np.abs(values - given.values) / given.tolerance
    return np.where(np.isnan(away), np.inf, away)


def closest(numbers: Float64, given: Given) -> int:
    """The index of the answer, one per row, that is closest to the given numbers."""
    return int(np.argmin(distance(numbers, given).max(axis=1)))


def values_of(candidate: Candidate, given: Given) -> tuple[Float64, Given]:
    """The candidate's numbers, and the given numbers that it determines."""
    if not given.has_intercept:
        return candidate.coef, given
    if candidate.intercept is None:
        return candidate.coef, given.without_intercept()
    return np.concatenate([[candidate.intercept], candidate.coef]), given


def matched(name: str, candidate: Candidate, given: Given, place: float = 0.0) -> Match:
    """How well a candidate matches."""
    values, spoken = values_of(candidate, given)
    with np.errstate(all="ignore"):
        errors = np.abs(values - spoken.values) / np.where(values == 0, 1.0, np.abs(values))
        each = np.minimum(-np.log10(np.maximum(errors, 10**-COUNTED)), spoken.digits)
    away = distance(values, spoken)
    worst = float(np.min(np.where(np.isfinite(each), each, 0.0), initial=COUNTED))
    used = math.log10(candidate.tried)
    if candidate.free:
        used += candidate.free * float(np.max(spoken.telling if spoken.telling is not None else spoken.digits))
    return Match(name, candidate, max(0.0, worst), bool((away <= 1).all()), spoken.information - used, place)


def nearest_value(scan: Float64, answers: Callable[[Float64], Float64], given: Given) -> float:
    """The value of one parameter at which the answer is closest to the given numbers.

    Parameters
    ----------
    scan : ndarray of shape (n,)
        Positive starting values, ascending.
    answers : callable
        From values, shape (m,), to answers, shape (m, n_features + 1), the intercept first.
    """

    def away(logs: Float64) -> Float64:
        found = answers(np.exp(logs))
        return np.asarray(distance(found if given.has_intercept else found[:, 1:], given).max(axis=1))

    logs = np.log(scan)
    found = [_zoomed(logs, place, away) for place in _valleys(away(logs))]
    return math.exp(min(found)[1])


def _valleys(heights: Float64) -> list[int]:
    """Indices of the lowest few local minima."""
    padded = np.concatenate([[np.inf], heights, [np.inf]])
    low = np.flatnonzero((heights <= padded[:-2]) & (heights <= padded[2:]))
    return [int(i) for i in low[np.argsort(heights[low], kind="stable")][:VALLEYS]] or [int(np.argmin(heights))]


def _zoomed(logs: Float64, place: int, away: Callable[[Float64], Float64]) -> tuple[float, float]:
    """The minimum near an index, and its position."""
    for _ in range(ZOOMS):
        logs = np.linspace(logs[max(0, place - 1)], logs[min(len(logs) - 1, place + 1)], POINTS)
        heights = away(logs)
        place = int(np.argmin(heights))
    return float(heights[place]), float(logs[place])


def neat(value: float) -> float:
    """The round value nearest to one that was found."""
    return min(NEAT, key=lambda each: abs(math.log(each / value))) if value > 0 else value
