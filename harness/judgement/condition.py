from harness.judgement.base import Answer, score


@score()
def condition(answer: Answer) -> float | None:
    """Condition number of the design with columns of unit length, centred with an intercept."""
    return answer.reference.condition
