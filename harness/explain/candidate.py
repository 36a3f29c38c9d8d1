"""What may have been asked instead, and how well its answer matches the numbers that were given.

Each module of `harness.explain.causes` is one cause: a function from a question and the numbers given to candidates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from harness.catalog import module_names, namesake
from harness.explain.given import MOST_DIGITS, Given
from harness.explain.question import Question

Float64 = NDArray[np.float64]

ROUNDING = 1e-10
"""Relative error that our own solutions may have."""

PACKAGE = "harness.explain.causes"


@dataclass(frozen=True, eq=False)
class Candidate:
    """Another question, with its answer.

    Attributes
    ----------
    what : str
        What was done, as a clause: ``"the model has no intercept"``.
    coef : ndarray of shape (n_features,)
    intercept : float or None
        None where it says nothing of the intercept.
    free : int
        Numbers that were chosen to match: a penalty's weight is one.
    tried : int
        Alternatives among which this one was chosen, as one row of n.
    remedy : str
        What to change to get the right answer.
    """

    what: str
    coef: Float64
    intercept: float | None = None
    free: int = 0
    tried: int = 1
    remedy: str = ""


@dataclass(frozen=True, eq=False)
class Match:
    """A candidate beside the numbers given.

    Attributes
    ----------
    cause : str
        The cause's name.
    candidate : Candidate
    digits : float
        Digits that the worst number has in common, at most those printed.
    explained : bool
        Whether every number is the candidate's, rounded as printed.
    surplus : float
        Digits that match beyond what choosing the candidate has used up.
    """

    cause: str
    candidate: Candidate
    digits: float
    explained: bool
    surplus: float

    @property
    def certain(self) -> bool:
        """Whether chance is no explanation."""
        return self.explained and self.surplus >= 4.0


@dataclass(frozen=True, eq=False)
class Cause:
    """Why numbers may differ from the right ones; ``place`` is how simple an explanation it is, the simplest first."""

    name: str
    about: str
    place: float
    find: Callable[[Question, Given], Iterable[Candidate]]


def cause(place: float) -> Callable[[Callable[[Question, Given], Iterable[Candidate]]], Cause]:
    """Make a function a `Cause`; its name and docstring are the cause's."""

    def made(find: Callable[[Question, Given], Iterable[Candidate]]) -> Cause:
        return Cause(find.__name__, " ".join((find.__doc__ or "").split()), place, find)

    return made


@cache
def causes() -> tuple[Cause, ...]:
    """Every cause there is, the simplest first."""
    found = [namesake(f"{PACKAGE}.{name}", Cause) for name in module_names(PACKAGE, but=frozenset())]
    return tuple(sorted(found, key=lambda each: each.place))


def distance(values: Float64, given: Given) -> Float64:
    """How far off each number is, in units of what printing and rounding allow; 1 or less is a match."""
    with np.errstate(all="ignore"):
        away = np.abs(values - given.values) / (1.01 * given.reach + ROUNDING * np.abs(values))
    return np.where(np.isfinite(away), away, np.inf)


def values_of(candidate: Candidate, given: Given) -> tuple[Float64, Given]:
    """The candidate's numbers and those of the given ones that it speaks of."""
    if not given.has_intercept:
        return candidate.coef, given
    if candidate.intercept is None:
        kept = Given(given.values[1:], given.reach[1:], given.digits[1:], has_intercept=False)
        return candidate.coef, kept
    return np.concatenate([[candidate.intercept], candidate.coef]), given


def matched(name: str, candidate: Candidate, given: Given) -> Match:
    """How well a candidate matches."""
    values, spoken = values_of(candidate, given)
    with np.errstate(all="ignore"):
        errors = np.abs(values - spoken.values) / np.where(values == 0, 1.0, np.abs(values))
        each = np.minimum(-np.log10(np.maximum(errors, 10**-MOST_DIGITS)), spoken.digits)
    worst = float(np.min(np.where(np.isfinite(each), each, 0.0), initial=MOST_DIGITS))
    used = candidate.free * float(spoken.digits.max()) + math.log10(candidate.tried)
    explained = bool((distance(values, spoken) <= 1).all())
    return Match(name, candidate, max(0.0, worst), explained, spoken.information - used)


def best_of(scan: Float64, answers: Callable[[float], Float64], given: Given, *, rounds: int = 60) -> float:
    """The value of one free number at which an answer comes closest to what was given.

    Parameters
    ----------
    scan : ndarray of shape (n,)
        Positive values to begin from, rising.
    answers : callable
        The numbers of an answer at a value, in the order of ``given.values``.
    given : Given
    rounds : int
        Of golden-section search on a logarithmic scale, between the neighbours of the best value of the scan.
    """

    def off(log: float) -> float:
        return float(np.max(distance(answers(math.exp(log)), given)))

    logs = np.log(scan)
    place = int(np.argmin([off(each) for each in logs]))
    low, high = float(logs[max(0, place - 1)]), float(logs[min(len(logs) - 1, place + 1)])
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(rounds):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if off(left) <= off(right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)
