from harness.judgement.answer import certified_digits_of
from harness.judgement.base import Answer, Rule, score


@score(better="more", rule=Rule.DIGITS, decimals=1)
def certified_digits(answer: Answer) -> float | None:
    """Correct digits against certified values, at most as many as the exact answer has."""
    if answer.certified is None:
        return None
    exact = certified_digits_of(answer.exact_estimates.tolist(), answer.certified)
    return min(certified_digits_of(answer.estimates.tolist(), answer.certified), exact)
