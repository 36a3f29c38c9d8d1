from harness.judgement.base import Answer, Rule, score


@score(heading="loss, train", place=100, priority=3, better="less", rule=Rule.RELATIVE)
def loss_train(answer: Answer) -> float | None:
    """Mean squared error on the training rows."""
    return answer.exact.loss
