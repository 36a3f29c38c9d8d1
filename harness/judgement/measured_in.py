from typing import Literal

from harness.judgement.base import Answer, score


@score()
def measured_in(answer: Answer) -> Literal["standard errors", "residual deviations", "target deviations"] | None:
    """The unit of the verdict's error."""
    return answer.exact.measured_in
