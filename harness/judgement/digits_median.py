from harness.judgement.base import Answer, score


@score(heading="median", place=82, priority=1, better="more", decimals=1)
def digits_median(answer: Answer) -> float | None:
    """For many fits, the median of their correct significant digits; ``digits`` is that of the worst."""
    return None if answer.among is None else answer.among.median_digits
