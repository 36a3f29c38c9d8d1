from harness.judgement.base import Answer, score


@score(better="more")
def attainable(answer: Answer) -> float | None:
    """Digits that the data determine, each value correct to half a unit in the last place; comparable with `digits`."""
    return answer.exact.attainable
