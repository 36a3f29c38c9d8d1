from __future__ import annotations

from harness.judgement.answer import mean_squared_error
from harness.judgement.base import Answer, score


@score(heading="loss, test", place=110, priority=7, better="less")
def loss_test(answer: Answer) -> float | None:
    """Mean squared error on the rows kept back; none without a `test_size`."""
    if answer.X_test is None or answer.y_test is None:
        return None
    return mean_squared_error(answer.X_test, answer.y_test, answer.coef, answer.intercept)
