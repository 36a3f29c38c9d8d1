"""Euclidean norm of the objective's gradient at the answer, the intercept's part included."""

from __future__ import annotations

from harness.judgement.answer import Answer
from harness.judgement.base import score


@score(better="less")
def gradient_norm(answer: Answer) -> float | None:
    """Euclidean norm of the objective's gradient at the answer, the intercept's part included."""
    return answer.sums.gradient_norm
