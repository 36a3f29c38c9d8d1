"""What `digits` speaks of: coefficients, or fitted values where the coefficients are undetermined."""

from __future__ import annotations

from typing import Literal

from harness.judgement.answer import Answer
from harness.judgement.base import score


@score()
def judged_by(answer: Answer) -> Literal["coefficients", "fitted values"] | None:
    """What `digits` speaks of: coefficients, or fitted values where the coefficients are undetermined."""
    return "fitted values" if answer.undetermined else "coefficients"
