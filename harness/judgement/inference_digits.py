from harness.judgement.base import Answer, Rule, score
from harness.judgement.statistic_digits import statistic_digits


@score(heading="inference", place=86, priority=9, better="more", rule=Rule.DIGITS, decimals=1)
def inference_digits(answer: Answer) -> float | None:
    """Fewest correct digits of the library's own statistics: standard errors, t, p, limits, R², F, likelihood."""
    return min((statistic_digits.compute(answer) or {}).values(), default=None)
