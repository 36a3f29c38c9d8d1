from harness.judgement.base import Answer, score


@score()
def exact_r_squared(answer: Answer) -> float | None:
    """The true R², correctly rounded; none with l2 or where it is not defined."""
    return answer.reference.r_squared
