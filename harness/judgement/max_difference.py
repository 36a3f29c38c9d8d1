from harness.judgement.base import Answer, score


@score(heading="largest difference", place=90, priority=6, better="less", significant=2)
def max_difference(answer: Answer) -> float | None:
    """The largest absolute difference of a coefficient, or of the intercept, from the exact one."""
    return answer.exact.max_difference
