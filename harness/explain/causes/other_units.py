"""A column has another unit or another sign."""

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question

FACTORS = (
    -1.0, *(10.0**k for k in (-6, -3, -2, -1, 1, 2, 3, 6)),
    *(each for unit in (2.54, 0.3048, 1.609344, 0.45359237, 60.0, 3600.0, 24.0, 7.0, 12.0, 365.25, 1.8)
      for each in (unit, 1 / unit)),
)  # fmt: skip
"""Reversed sign, powers of ten, and conversions of inch, foot, mile, pound, minute, hour, day, week, year, degree."""


@cause(place=13)
def other_units(question: Question, given: Given) -> Iterator[Candidate]:
    """A column has another unit or another sign."""
    coef, level = question.answer
    p = len(coef)
    tried = (p + 1) * len(FACTORS)
    for factor in FACTORS:
        how = "its sign reversed" if factor == -1 else f"{factor:.7g} times the values here"
        what = f"{question.target} was taken with {how}"
        remedy = f"take {question.target} as it stands here"
        yield Candidate(what, coef * factor, level * factor, tried=tried, remedy=remedy)
    if p == 1 and not given.has_intercept:
        return
    with np.errstate(all="ignore"):
        ratios = coef / given.coef
    for j, name in enumerate(question.features):
        for factor in FACTORS:
            if not np.isclose(ratios[j], factor, rtol=0.05):
                continue
            changed = coef.copy()
            changed[j] /= factor
            how = "its sign reversed" if factor == -1 else f"{factor:.7g} times the values here"
            what = f"{name} was taken with {how}"
            yield Candidate(what, changed, level, tried=tried, remedy=f"take {name} as it stands here")
