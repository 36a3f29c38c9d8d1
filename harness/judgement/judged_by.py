from typing import Literal

from harness.judgement.base import Answer, score


@score()
def judged_by(answer: Answer) -> Literal["coefficients", "fitted values"] | None:
    """What `digits` refers to: coefficients, or fitted values where the coefficients are undetermined."""
    return answer.exact.judged_by
