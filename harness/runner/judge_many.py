"""Turns the fits to a stack of problems into one status, the worst fit's answer, and scores."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.base import Fits, ProblemStack
from harness.judgement import Answer, Scores
from harness.judgement.digits import digits
from harness.reference import StackJudge
from harness.results import Status, WorstFit
from harness.runner.executor import Failure
from harness.runner.problems import PreparedProblem
from harness.runner.protocol import FitAnswer, FitsAnswer
from harness.units import count_text


@dataclass(frozen=True)
class JudgedMany:
    """Fits with their status and scores, ready to be recorded."""

    status: Status
    reason: str
    iterations: int | None
    worst: WorstFit | None = None
    scores: Scores = field(default_factory=Scores)

    @property
    def answer(self) -> dict[str, Any]:
        """The fields of `harness.results.Measurement` that the fits fill."""
        said = {"iterations": self.iterations, "converged": self.status == "ok", "worst_fit": self.worst}
        return {**said, "rank": None if self.worst is None else self.worst.rank}


def judge_many(answers: Sequence[FitAnswer | FitsAnswer], problem: PreparedProblem, judge: StackJudge) -> JudgedMany:
    """Score each of the differing answers and keep the one with the worst fit.

    Raises
    ------
    Failure
        When an answer does not have the stack's shape, or cannot be scored.
    """
    stack = problem.stack
    if stack is None or not all(isinstance(each, FitsAnswer) for each in answers):
        raise Failure("error", "it did not answer all problems at once")
    fits = [_unpacked(each, stack) for each in answers if isinstance(each, FitsAnswer)]
    try:
        judged = [_judge(each, problem, stack, judge) for each in fits]
    except Exception as error:  # the numbers are a backend's: whatever they cause must end as a row
        raise Failure("error", f"its fits cannot be scored: {type(error).__name__}: {error}") from error
    return min(judged, key=lambda each: (each.status == "ok", digits.of(each) or 0.0))


def _judge(fits: Fits, problem: PreparedProblem, stack: ProblemStack, judge: StackJudge) -> JudgedMany:
    many = len(stack)
    iterations = None if fits.iterations is None else int(fits.iterations.max())
    finite = np.isfinite(fits.coef).all(axis=1) & np.isfinite(fits.intercept)
    if not finite.all():
        lost = np.flatnonzero(~finite)
        first = problem.fit(int(lost[0]))
        reason = f"the coefficients of {len(lost):,} of {count_text(many, 'fit')} are not finite, of {first} first"
        return JudgedMany("diverged", reason, iterations)
    found = judge.score(fits)
    worst = found.worst
    coef, level = fits.coef[worst], float(fits.intercept[worst])
    scores = Scores.of(Answer(judge.judge(worst), coef, level, among=found))
    with np.errstate(all="ignore"):
        original, original_level = problem.scaling.original(coef, level)
    record = WorstFit(
        number=worst,
        group=problem.group(worst),
        coef=tuple(coef.tolist()),
        intercept=level,
        coef_original=tuple(original.tolist()),
        intercept_original=original_level,
        rank=None if fits.rank is None else int(fits.rank[worst]),
        deficient=None if fits.rank is None else int((fits.rank < stack.n_parameters).sum()),
    )
    if not fits.converged.all():
        reason = f"the stopping rule of {int((~fits.converged).sum()):,} of {count_text(many, 'fit')} was not met"
        return JudgedMany("not_converged", reason, iterations, record, scores)
    return JudgedMany("ok", "", iterations, record, scores)


def _unpacked(answer: FitsAnswer, stack: ProblemStack) -> Fits:
    many = len(stack)

    def array(text: str, dtype: str, width: int = 1) -> NDArray[Any]:
        try:
            values = np.frombuffer(base64.b64decode(text, validate=True), dtype=dtype)
        except (binascii.Error, ValueError) as error:
            raise Failure("error", f"its fits cannot be read: {error}") from error
        if len(values) != many * width:
            raise Failure("error", f"its fits hold {len(values)} numbers, wanted {many * width}")
        return values

    p = stack.X.shape[1]
    return Fits(
        array(answer.coef, "<f8", p).reshape(many, p),
        array(answer.intercept, "<f8"),
        array(answer.converged, "?"),
        None if answer.iterations is None else array(answer.iterations, "<i8"),
        None if answer.rank is None else array(answer.rank, "<i8"),
    )
