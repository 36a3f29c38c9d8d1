"""Correct significant digits of the worst coefficient against the exact answer; 17: correctly rounded."""

from __future__ import annotations

from harness.judgement.answer import Answer
from harness.judgement.base import Rule, Scores, score
from harness.units import ABSENT


def _text(values: Scores) -> str:
    """With an asterisk where the data do not determine the coefficients."""
    found = values.get("digits")
    return ABSENT if found is None else f"{found:.1f}{'*' if values.get('ill_posed') else ''}"


@score(heading="digits", place=80, better="more", rule=Rule.DIGITS, text=_text)
def digits(answer: Answer) -> float | None:
    """Correct significant digits of the worst coefficient against the exact answer; 17: correctly rounded."""
    return answer.digits
