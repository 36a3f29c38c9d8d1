from collections.abc import Mapping

from harness.judgement.answer import digits_beside
from harness.judgement.base import Answer, score


@score()
def statistic_digits(answer: Answer) -> Mapping[str, float] | None:
    """Correct digits of each of the library's own statistics, by name; the worst where one has several values.

    What the exact fit leaves undefined, such as t where the residuals are 0, is not judged.
    """
    said, exact = answer.inference, answer.reference.inference
    if said is None or exact is None:
        return None
    each = {name: digits_beside(own, getattr(exact, name)) for name, own in said._asdict().items() if own is not None}
    return {name: digits for name, digits in each.items() if digits is not None} or None
