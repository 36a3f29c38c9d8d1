"""Grades answers: exact scores before and after changes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harness.config import Case
from harness.datasets.base import Data
from harness.reference import Judge, solve
from harness.reference.verdict import FLOAT64_DIGITS
from harness.results import Row


@dataclass(frozen=True)
class Graded:
    """An answer's grade."""

    status: str
    reason: str
    """``status`` and ``reason``: how the case went."""
    digits: float
    """Correct digits; 0 where there is no finite answer."""
    attainable: float
    """Digits that the data determine."""
    backward_error: float
    """How far the data would have to move for the answer to be exact, in units of roundoff."""
    verdict: str
    iterations: int | None = None

    @property
    def gap(self) -> float:
        """Digits lost: those that the data determine but the answer lacks."""
        return max(0.0, min(self.attainable, FLOAT64_DIGITS) - self.digits)


def in_own_units(case: Case) -> Case:
    """The case on unscaled data, whose exact answer differs from that on scaled data only in units.

    With a penalty it would be another answer, so the case is unchanged.
    """
    dataset = case.dataset.instance
    if (dataset.scale == "none" and dataset.scale_target in ("same", "none")) or dataset.l2 > 0:
        return case
    return replace(case, dataset=case.dataset.changed(scale="none", scale_target="same"))


class Grader:
    """Grades answers to problems; each problem is solved exactly, and only once.

    Parameters
    ----------
    cache : Path
        The folder in which exact answers are cached.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._judges: dict[tuple[str, str], tuple[Data, Judge]] = {}

    def data(self, case: Case) -> Data:
        """The data of a case."""
        return self._of(case)[0]

    def judge(self, case: Case) -> Judge:
        """The judge of a case's problem."""
        return self._of(case)[1]

    def _of(self, case: Case) -> tuple[Data, Judge]:
        key = case.dataset.label, case.dtype
        if key not in self._judges:
            data = case.dataset.instance.data(case.dtype)
            self._judges[key] = data, Judge(data.problem, solve(data.problem, self._cache))
        return self._judges[key]

    def grade(self, case: Case, row: Row) -> Graded:
        """Grade a row's answer; for scaled data, in the data's own units."""
        worst, own = row.worst, in_own_units(case)
        if own is case:
            return self.answer(case, worst.coef, worst.intercept, worst.status, worst.reason, worst.iterations)
        coef, intercept = worst.coef_original, worst.intercept_original
        return self.answer(own, coef, intercept, worst.status, worst.reason, worst.iterations)

    def answer(
        self,
        case: Case,
        coef: Sequence[float | None] | None,
        intercept: float | None,
        status: str = "ok",
        reason: str = "",
        iterations: int | None = None,
    ) -> Graded:
        """Grade coefficients in the units of the case's problem."""
        values = np.array([math.nan if b is None else b for b in coef or [None]], dtype=np.float64)
        judge = self.judge(case)
        if len(values) != judge.problem.X.shape[1]:
            values = np.full(judge.problem.X.shape[1], math.nan)
        level = 0.0 if not judge.problem.intercept else math.nan if intercept is None else intercept
        scores = judge.score(values, level)
        return Graded(
            status, reason, scores.digits, scores.attainable, scores.backward_error, scores.verdict, iterations
        )
