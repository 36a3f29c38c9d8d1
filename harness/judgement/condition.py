"""Condition number of the design with columns of unit length, centred with an intercept."""

from __future__ import annotations

from harness.judgement.answer import Answer
from harness.judgement.base import score


@score()
def condition(answer: Answer) -> float | None:
    """Condition number of the design with columns of unit length, centred with an intercept."""
    return answer.reference.condition
