from harness.judgement.base import Answer, score


@score(better="less", significant=3)
def backward_error(answer: Answer) -> float | None:
    """How far the data would have to move for this answer to be exact, in units of roundoff per column."""
    return answer.exact.backward_error
