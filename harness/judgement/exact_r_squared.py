from harness.judgement.base import Answer, score


@score()
def exact_r_squared(answer: Answer) -> float | None:
    """The exact R², correctly rounded; none with l2 or where it is undefined."""
    return answer.reference.r_squared
