"""Correct digits of the library's own standard errors."""

from __future__ import annotations

from harness.judgement.answer import Answer, digits_beside
from harness.judgement.base import Rule, score


@score(better="more", rule=Rule.DIGITS, decimals=1)
def standard_error_digits(answer: Answer) -> float | None:
    """Correct digits of the library's own standard errors."""
    if answer.inference is None:
        return None
    return digits_beside(answer.inference.standard_errors, answer.reference.standard_errors)
