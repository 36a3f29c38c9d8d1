from harness.judgement.base import Answer, score


@score()
def ill_posed(answer: Answer) -> bool | None:
    """Whether the data leave the coefficients undetermined in their precision."""
    return answer.judge.undetermined
