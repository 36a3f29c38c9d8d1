from harness.judgement.answer import digits_beside
from harness.judgement.base import Answer, Rule, score


@score(better="more", rule=Rule.DIGITS, decimals=1)
def standard_error_digits(answer: Answer) -> float | None:
    """Correct digits of the library's own standard errors."""
    if answer.inference is None:
        return None
    return digits_beside(answer.inference.standard_errors, answer.reference.standard_errors)
