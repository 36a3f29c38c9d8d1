"""Whose answer is this: the question that numbers from anywhere are the answer to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from harness.explain.candidate import Candidate, Match, causes, distance, matched, values_of
from harness.explain.given import Given
from harness.explain.question import Question

RIGHT = "right"


@dataclass(frozen=True, eq=False)
class Identified:
    """What numbers are the answer to.

    Attributes
    ----------
    right : Match
        The least-squares answer to the question as it was asked.
    matches : tuple of Match
        Other questions, the best first: those that explain every number, the simplest first, then the nearest misses.
    tried : tuple of str
        Causes that were looked at and explain nothing.
    """

    right: Match
    matches: tuple[Match, ...]
    tried: tuple[str, ...]

    @property
    def best(self) -> Match | None:
        """The right answer where the numbers are it, else the simplest other question that explains them all."""
        if self.right.explained:
            return self.right
        return next((each for each in self.matches if each.explained), None)

    @property
    def rivals(self) -> tuple[Match, ...]:
        """Other causes that explain the numbers with as little freedom, so that they cannot be told apart."""
        if (best := self.best) is None:
            return ()
        others = [each for each in self.matches if each.explained and each.cause != best.cause]
        return tuple(each for each in others if each.candidate.free <= best.candidate.free)

    @property
    def certain(self) -> bool:
        """Whether only one cause explains the numbers, and chance does not."""
        return self.best is not None and self.best.certain and not self.rivals


def identify(question: Question, given: Given) -> Identified:
    """Try every cause.

    Parameters
    ----------
    question : Question
    given : Given
    """
    coef, level = question.answer
    right = matched(RIGHT, Candidate("this is the least-squares answer", coef, level), given)
    found = [_best(each.name, list(each.find(question, given)), given, right) for each in causes()]
    places = {each.name: each.place for each in causes()}

    def rank(match: Match) -> tuple[bool, int, float]:
        return not match.explained, match.candidate.free, places[match.cause] if match.explained else -match.digits

    matches = sorted((each for each in found if each is not None), key=rank)
    tried = tuple(each.about for each in causes())
    return Identified(right, tuple(matches), tried)


def _best(name: str, candidates: list[Candidate], given: Given, right: Match) -> Match | None:
    """The best of a cause's candidates; None where it has none, or none that is another answer than the right one."""
    matches = [matched(name, each, given) for each in candidates]
    other = [each for each in matches if not _same(each.candidate, right.candidate, given)]
    return max(other, key=lambda each: (each.explained, each.digits, -each.candidate.free), default=None)


def _same(one: Candidate, other: Candidate, given: Given) -> bool:
    """Whether two answers cannot be told apart as printed."""
    values, spoken = values_of(one, given)
    others, _ = values_of(Candidate(other.what, other.coef, None if one.intercept is None else other.intercept), given)
    alike = Given(others, spoken.reach, spoken.digits, spoken.has_intercept)
    return bool(np.all(distance(values, alike) <= 1))


def sentences(found: Identified) -> Iterator[str]:
    """What was found, in words, the most important first."""
    best, right = found.best, found.right
    if best is right:
        yield "These are the right numbers: every printed digit is that of the least-squares answer."
        return
    yield f"These are not the least-squares answer: the worst number has {right.digits:.1f} digits of it."
    if best is None:
        yield "Nothing that was tried explains them."
        nearest = next(iter(found.matches), None)
        if nearest is not None and nearest.digits > right.digits + 0.5:
            yield f"Nearest: {nearest.candidate.what}, with {nearest.digits:.1f} digits in common."
    else:
        sure = "Every number is explained" if found.certain else "Every number could be explained"
        yield f"{sure}: {best.candidate.what} ({right.digits:.1f} digits in common before, {best.digits:.1f} with it)."
        for rival in found.rivals:
            yield f"So would this, and these numbers cannot tell: {rival.candidate.what}."
        if not best.certain:
            yield "So few digits can fit by chance; give more of them, or the intercept too."
        if best.candidate.remedy:
            yield f"To get the right answer: {best.candidate.remedy}."
    coef = ", ".join(f"{value:.10g}" for value in right.candidate.coef)
    level = "" if right.candidate.intercept is None else f", intercept {right.candidate.intercept:.10g}"
    yield f"The right coefficients are {coef}{level}."
