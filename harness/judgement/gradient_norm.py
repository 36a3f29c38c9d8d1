from harness.judgement.base import Answer, score


@score(better="less")
def gradient_norm(answer: Answer) -> float | None:
    """Euclidean norm of the objective's gradient at the answer, the intercept's part included."""
    return answer.exact.gradient_norm
