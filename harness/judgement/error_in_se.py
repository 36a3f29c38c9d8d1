from harness.judgement.base import Answer, score


@score(heading="error, SE", place=85, priority=2, better="less", significant=2)
def error_in_se(answer: Answer) -> float | None:
    """The largest error of a coefficient over its exact standard error; none without standard errors."""
    return answer.exact.error_in_se
