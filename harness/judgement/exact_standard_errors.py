from harness.judgement.base import Answer, score


@score()
def exact_standard_errors(answer: Answer) -> tuple[float, ...] | None:
    """The exact standard errors, correctly rounded, the intercept's first; none without full rank or with l2."""
    return answer.reference.standard_errors
