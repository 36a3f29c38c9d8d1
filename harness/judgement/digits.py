from harness.judgement.base import Answer, Rule, Scores, score
from harness.units import ABSENT


def _text(values: Scores) -> str:
    """``13.2 of 14.1``: of those that the data determine; with an asterisk where they determine no coefficient."""
    found, possible = values.get("digits"), values.get("attainable")
    if found is None:
        return ABSENT
    mark = "*" if values.get("ill_posed") else ""
    return f"{found:.1f}{mark}" if possible is None else f"{found:.1f}{mark} of {possible:.1f}"


@score(heading="digits", place=80, better="more", rule=Rule.DIGITS, words=_text)
def digits(answer: Answer) -> float | None:
    """Correct significant digits of the worst coefficient against the exact answer; 17: correctly rounded."""
    return answer.exact.digits
