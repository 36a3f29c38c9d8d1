"""Identifies the question to which given numbers are the answer."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.explain.candidate import Candidate, Cause, Match, causes, distance, matched, values_of
from harness.explain.given import Given
from harness.explain.question import Question

RIGHT = "right"

RIVAL = 3.0
"""Most digits of surplus by which an explanation may trail the best one and still be reported."""

NEAR = 0.5
"""Digits by which a near miss must be closer than the right answer to be reported."""

LEAST_NEAR = 0.5
"""Fewer shared digits count as none: the number is off by a third."""


@dataclass(frozen=True, eq=False)
class Identified:
    """The questions to which given numbers may be the answer."""

    question: Question
    given: Given
    right: Match
    """The least-squares answer to the question as asked."""
    matches: tuple[Match, ...]
    """Other questions, the best of each cause: first those that explain every number, then near misses."""
    tried: tuple[Cause, ...]
    """All causes tried."""
    equivalent: bool = False
    """Whether the data leave the coefficients undetermined, and these fit as well as any."""

    @property
    def best(self) -> Match | None:
        """The right answer if the numbers match it, else the best other question that explains them all."""
        if self.right.explained:
            return self.right
        return next((each for each in self.matches if each.explained), None)

    @property
    def rivals(self) -> tuple[Match, ...]:
        """Other causes that explain the numbers about equally well."""
        if (best := self.best) is None or best is self.right:
            return ()
        others = [each for each in self.matches if each.explained and each.cause != best.cause]
        return tuple(
            each
            for each in others
            if each.surplus > best.surplus - RIVAL and each.candidate.free <= best.candidate.free
        )

    @property
    def certain(self) -> bool:
        """Whether exactly one cause explains the numbers, beyond chance."""
        if (best := self.best) is self.right:
            return True
        return best is not None and best.certain and not self.rivals

    @property
    def as_printed(self) -> bool:
        """Whether every number is the right one as printed, without tolerance for a program's rounding."""
        values, spoken = values_of(self.right.candidate, self.given)
        return bool((distance(values, replace(spoken, tolerance=1.01 * spoken.tolerance)) <= 1).all())

    @property
    def near(self) -> Match | None:
        """Where nothing explains the numbers, the nearest miss, if it is nearer than the right answer."""
        if self.best is not None or not self.matches:
            return None
        nearest = max(self.matches, key=lambda each: each.digits)
        return nearest if nearest.digits > max(self.right.digits, LEAST_NEAR) + NEAR else None

    def record(self) -> dict[str, Any]:
        """The result as ``linbench explain DATA --format json`` prints it."""
        best, question = self.best, self.question
        coef, level = question.answer if question.determined else question.least_norm
        return {
            "target": question.target,
            "features": list(question.features),
            "n_samples": len(question.y),
            "coef_given": self.given.coef.tolist(),
            "intercept_given": self.given.level,
            "coef": coef.tolist(),
            "intercept": level if question.intercept else None,
            "determined": question.determined,
            "digits": self.right.digits,
            "cause": None if best is None else best.cause,
            "certain": self.certain,
            "equivalent": self.equivalent,
            "causes": [self._cause(each) for each in self.matches],
            "dependent": [str(each) for each in question.relations],
            "tried": [{"cause": each.name, "about": each.about} for each in self.tried],
        }

    def _cause(self, match: Match) -> dict[str, Any]:
        return {
            "cause": match.cause,
            "what": match.candidate.what,
            "explains": match.explained,
            "digits_before": self.right.digits,
            "digits_after": match.digits,
            "surplus": match.surplus,
            "remedy": match.candidate.remedy,
        }


def identify(question: Question, given: Given) -> Identified:
    """Try every cause."""
    coef, level = question.answer
    right = Candidate("this is the least-squares answer", coef, level)
    exact, _ = values_of(right, given)
    sought = given.beside(exact, question.rounding)
    found = [_best(each, question, sought, right) for each in causes()]
    ranked = sorted((each for each in found if each is not None), key=lambda m: (m.explained, m.merit), reverse=True)
    explained = [each for each in ranked if each.explained]
    missed = sorted((each for each in ranked if not each.explained), key=lambda m: -m.digits)
    return Identified(
        question,
        given,
        matched(RIGHT, right, sought),
        (*explained, *missed),
        causes(),
        equivalent=_fits_as_well(question, sought),
    )


def _best(each: Cause, question: Question, given: Given, right: Candidate) -> Match | None:
    """The best of a cause's candidates that differ from the right answer; None where there is none."""
    with np.errstate(all="ignore"):
        candidates = _found(each, question, given)
    other = [one for one in candidates if np.isfinite(one.coef).all() and not _same(one, right, given)]
    matches = [matched(each.name, one, given, each.place) for one in other]
    return max(matches, key=lambda m: (m.explained, m.surplus if m.explained else m.digits), default=None)


def _found(each: Cause, question: Question, given: Given) -> Iterable[Candidate]:
    try:
        return list(each.find(question, given))
    except np.linalg.LinAlgError:  # numbers out of float64's range: the cause does not apply
        return []


def _same(one: Candidate, right: Candidate, given: Given) -> bool:
    """Whether two answers are the same as printed."""
    values, spoken = values_of(one, given)
    others = right.coef if one.intercept is None or not given.has_intercept else values_of(right, given)[0]
    return bool(np.all(distance(values, replace(spoken, values=others)) <= 1))


def _fits_as_well(question: Question, given: Given) -> bool:
    """Whether the coefficients are undetermined and the fitted values are the best possible, as printed."""
    if question.determined:
        return False
    A, y = question.reduced.design(intercept=question.intercept)
    if given.level is not None and question.intercept:
        rows = question.reduced.rows
        A, y = rows[:, :-1], rows[:, -1]
    values = given.values if A.shape[1] == len(given.values) else given.coef
    tolerance = given.tolerance[-A.shape[1] :]
    U, s, _ = np.linalg.svd(A, full_matrices=False)
    fitted = U[:, : A.shape[1] - len(question.relations)].T @ y if len(s) and s[0] > 0 else np.zeros(0)
    away = np.linalg.norm(U[:, : len(fitted)].T @ (A @ values) - fitted)
    allowed = np.linalg.norm(np.sqrt((A**2).sum(axis=0)) * (tolerance + 1e-15 * np.abs(values)))
    return bool(away <= 2 * allowed + 1e-10 * np.linalg.norm(fitted))
