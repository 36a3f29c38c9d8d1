"""From the fits of a case to its status, its answer and its scores."""

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
        """What a measurement keeps of the fit, by its names."""
        own = {"coef_original": self.coef_original, "intercept_original": self.intercept_original}
        return {**own, **vars(self.fit)}


def judge(
    fits: Sequence[FitAnswer | FitsAnswer], problem: PreparedProblem, backend: Backend[Any]
) -> Judged | JudgedMany:
    """Score every fit that differs and keep the worst.

    Raises
    ------
    Failure
        When a fit is not one of this problem, or cannot be scored.
    """
    if problem.many is not None:
        return judge_many(fits, problem, problem.many)
    single = [fit for fit in fits if isinstance(fit, FitAnswer)]
    p = problem.problem.X.shape[1]
    if len(single) < len(fits) or any(len(fit.coef) != p for fit in single):
        raise Failure("error", f"a fit does not have the problem's {p} coefficients")
    try:
        judged = [_judge(fit, problem, backend) for fit in single]
    except Exception as error:  # the numbers are a stranger's: whatever they lead to is a row
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
        when = "" if fit.iterations is None else f" after {_epochs(fit.iterations)}"
        why = f"its stopping rule was not met{when}"
        if backend.stopping_option is None:
            why = f"it ended{when} and does not say that it has converged"
        return Judged("not_converged", why, *answer, scores)
    return Judged("ok", "", *answer, scores)


def _inference(fit: FitAnswer) -> Inference | None:
    if fit.standard_errors is None:
        return None
    further = {} if fit.statistics is None else {name: _said(value) for name, value in vars(fit.statistics).items()}
    return Inference(np.array(fit.standard_errors, dtype=np.float64), fit.r_squared, **further)


def _said(value: tuple[float | None, ...] | float | None) -> Any:
    """As a run file keeps it, which has no NaN: a number that is not finite is one that was not said."""
    if isinstance(value, tuple):
        return np.array(value, dtype=np.float64)
    return value if value is not None and math.isfinite(value) else None


def _why_diverged(fit: FitAnswer, backend: Backend[Any]) -> str:
    when = f" after {_epochs(fit.iterations)}" if fit.iterations is not None else ""
    if backend.step_option is None:
        return f"the coefficients are not finite{when}"
    step = getattr(backend, backend.step_option)
    return (
        f'the loss blew up{when}; lower {backend.step_option} (it is {step:g}) or scale the data (scale = "standard")'
    )


def _epochs(epochs: int) -> str:
    """``1 epoch``, ``2 epochs``."""
    return f"{epochs} epoch{'' if epochs == 1 else 's'}"
