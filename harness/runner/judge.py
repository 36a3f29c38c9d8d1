"""Turns the fits of a case into its status, answer and scores."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backends.base import Backend, Inference
from harness.judgement import Answer, Scores
from harness.judgement.digits import digits
from harness.results import Status
from harness.runner.executor import Failure
from harness.runner.judge_many import JudgedMany, judge_many
from harness.runner.problems import PreparedProblem
from harness.runner.protocol import FitAnswer, FitsAnswer
from harness.units import count_text


@dataclass(frozen=True)
class Judged:
    """A fit with its status and scores, ready to be recorded."""

    status: Status
    reason: str
    fit: FitAnswer
    coef_original: tuple[float, ...]
    intercept_original: float
    scores: Scores = field(default_factory=Scores)

    @property
    def answer(self) -> dict[str, Any]:
        """The fields of `harness.results.Measurement` that the fit fills."""
        own = {"coef_original": self.coef_original, "intercept_original": self.intercept_original}
        return {**own, **vars(self.fit)}


def judge(
    fits: Sequence[FitAnswer | FitsAnswer], problem: PreparedProblem, backend: Backend[Any]
) -> Judged | JudgedMany:
    """Score each of the differing fits and keep the worst.

    Raises
    ------
    Failure
        When a fit does not have the problem's shape, or cannot be scored.
    """
    if problem.many is not None:
        return judge_many(fits, problem, problem.many)
    single = [fit for fit in fits if isinstance(fit, FitAnswer)]
    p = problem.problem.X.shape[1]
    if len(single) < len(fits) or any(len(fit.coef) != p for fit in single):
        raise Failure("error", f"a fit does not have the problem's {p} coefficients")
    try:
        judged = [_judge(fit, problem, backend) for fit in single]
    except Exception as error:  # the numbers are a backend's: whatever they cause must end as a row
        raise Failure("error", f"its fit cannot be scored: {type(error).__name__}: {error}") from error
    return min(judged, key=lambda each: (each.status == "ok", digits.of(each) or 0.0))


def _judge(fit: FitAnswer, problem: PreparedProblem, backend: Backend[Any]) -> Judged:
    coef = np.array(fit.coef, dtype=np.float64)
    with np.errstate(all="ignore"):
        original, original_intercept = problem.scaling.original(coef, fit.intercept)
    answer = fit, tuple(original.tolist()), original_intercept
    if not np.isfinite([*fit.coef, fit.intercept]).all():
        return Judged("diverged", _why_diverged(fit, backend), *answer)
    scores = Scores.of(
        Answer(
            problem.judge,
            coef,
            fit.intercept,
            held_out=problem.held_out,
            certified=problem.certified,
            inference=_inference(fit),
        )
    )
    if not fit.converged:
        why = f"its stopping rule was not met{_when(fit)}"
        if backend.stopping_option is None:
            why = f"it ended{_when(fit)} and does not say that it has converged"
        return Judged("not_converged", why, *answer, scores)
    return Judged("ok", "", *answer, scores)


def _inference(fit: FitAnswer) -> Inference | None:
    if fit.standard_errors is None:
        return None
    further = {} if fit.statistics is None else {name: _said(value) for name, value in vars(fit.statistics).items()}
    return Inference(np.array(fit.standard_errors, dtype=np.float64), fit.r_squared, **further)


def _said(value: tuple[float | None, ...] | float | None) -> Any:
    """As a run file keeps it, which has no NaN: a number that is not finite counts as not given."""
    if isinstance(value, tuple):
        return np.array(value, dtype=np.float64)
    return value if value is not None and math.isfinite(value) else None


def _why_diverged(fit: FitAnswer, backend: Backend[Any]) -> str:
    option = backend.step_option
    if option is None:
        return f"the coefficients are not finite{_when(fit)}"
    now = f"lower {option} (it is {getattr(backend, option):g})"
    return f'the loss blew up{_when(fit)}; {now} or scale the data (scale = "standard")'


def _when(fit: FitAnswer) -> str:
    return "" if fit.iterations is None else f" after {count_text(fit.iterations, 'epoch')}"
