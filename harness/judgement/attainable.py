from harness.judgement.base import Answer, score


@score(better="more")
def attainable(answer: Answer) -> float | None:
    """Digits that data correct to half a unit in the last place determine, of the same thing as `digits`."""
    return answer.exact.attainable
