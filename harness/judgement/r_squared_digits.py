from harness.judgement.answer import digits_beside
from harness.judgement.base import Answer, Rule, score


@score(better="more", rule=Rule.DIGITS, decimals=1)
def r_squared_digits(answer: Answer) -> float | None:
    """Correct digits of the library's own R²."""
    if answer.inference is None or answer.inference.r_squared is None:
        return None
    return digits_beside(answer.inference.r_squared, answer.reference.r_squared)
