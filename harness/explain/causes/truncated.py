"""Small singular values were cut off."""

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Float64, Question
from harness.explain.reduced import Reduced, Singular

CUT = 1e-18
"""So low that singular values below the rounding of the first are kept, too: a program may have dropped them."""


@cause(place=60)
def truncated(question: Question, _: Given) -> Iterator[Candidate]:
    """Small singular values were cut off (or few principal components kept)."""
    about = question.reduced
    A, y = about.design(intercept=question.intercept)
    yield from _cut(Singular.of(A, y, CUT), about, "", np.ones(A.shape[1]), question.intercept)
    if question.intercept:
        rows = about.rows
        yield from _cut(
            Singular.of(rows[:, :-1], rows[:, -1], CUT), about, " of the design with its column of ones", None
        )
    deviation = np.sqrt((A**2).sum(axis=0) / about.weight)
    if (deviation > 0).all():
        Z = Singular.of(A / deviation, y, CUT)
        yield from _cut(Z, about, " of the columns scaled to standard deviation 1", deviation, question.intercept)


def _cut(
    found: Singular, about: Reduced, of: str, lengths: Float64 | None, intercept: bool = True
) -> Iterator[Candidate]:
    s = found.values
    ranks = np.arange(1, len(s))
    answers = found.answers((np.arange(len(s)) < ranks[:, None]).astype(float))
    for rank, b in zip(ranks, answers, strict=True):
        if lengths is None:
            coef, level = b[1:], float(b[0])
        else:
            coef = b / lengths
            level = about.level(coef) if intercept else 0.0
        low, high = s[rank] / s[0], s[rank - 1] / s[0]
        what = f"singular values{of} under a cut between {low:.1e} and {high:.1e} were dropped: rank {rank} of {len(s)}"
        yield Candidate(what, coef, level, tried=3 * len(s), remedy=f"lower the tolerance below {low:.1e}")
