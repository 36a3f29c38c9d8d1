from harness.judgement.base import Answer, score


@score(heading="loss, test", place=110, priority=7, better="less")
def loss_test(answer: Answer) -> float | None:
    """Mean squared error on the test set; none without a `test_size`."""
    return None if answer.held_out is None else answer.held_out.loss(answer.coef, answer.intercept)
