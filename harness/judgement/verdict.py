from typing import Literal

from harness.judgement.base import Answer, Scores, score
from harness.units import ABSENT


def _text(values: Scores) -> str:
    return str(values.get("verdict", ABSENT)).replace("_", " ")


@score(heading="verdict", place=75, words=_text)
def verdict(answer: Answer) -> Literal["exact", "best_possible", "harmless", "visible", "wrong"] | None:
    """Whether the error matters, in one word: exact, best_possible, harmless, visible or wrong."""
    return answer.exact.verdict
