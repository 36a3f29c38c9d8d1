from harness.judgement.base import Answer, score


@score()
def exact_rank(answer: Answer) -> int | None:
    """Rank of the design with its column of ones, decided exactly."""
    return answer.reference.rank
