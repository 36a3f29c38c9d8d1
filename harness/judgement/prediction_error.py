from harness.judgement.base import Answer, score


@score(better="less", significant=2)
def prediction_error(answer: Answer) -> float | None:
    """Largest change of a fitted value over the residual deviation, or the target's where residuals vanish."""
    return answer.exact.prediction_error
