from harness.judgement.answer import digits_beside
from harness.judgement.base import Answer, Rule, score


@score(heading="inference", place=86, priority=9, better="more", rule=Rule.DIGITS, decimals=1)
def inference_digits(answer: Answer) -> float | None:
    """Fewest correct digits of all that the library says of its fit: errors, t, p, limits, R², F, likelihood.

    What the exact fit leaves undefined (t where the residuals are 0, say) is not judged.
    """
    said, exact = answer.inference, answer.reference.inference
    if said is None or exact is None:
        return None
    each = [digits_beside(own, getattr(exact, name)) for name, own in said._asdict().items() if own is not None]
    return min((digits for digits in each if digits is not None), default=None)
