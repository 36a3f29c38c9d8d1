from harness.judgement.base import Answer, score


@score(heading="excess loss", place=120, priority=8, better="less", significant=2)
def excess_loss(answer: Answer) -> float | None:
    """Excess of the loss, with its penalty, over the least possible, computed exactly; of many fits, over all."""
    return answer.exact.excess if answer.among is None else answer.among.excess
