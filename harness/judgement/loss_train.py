from harness.judgement.base import Answer, Rule, score


@score(heading="loss, train", place=100, priority=4, better="less", rule=Rule.RELATIVE)
def loss_train(answer: Answer) -> float | None:
    """Mean squared error on the training rows; of many fits, over all of them."""
    return answer.exact.loss if answer.among is None else answer.among.loss
