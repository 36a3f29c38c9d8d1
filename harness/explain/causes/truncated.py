"""Small singular values were cut off."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question


@cause(place=60)
def truncated(question: Question, _: Given) -> Iterator[Candidate]:
    """Small singular values were cut off."""
    ones = np.ones(len(question.y))
    centre = question.X.mean(axis=0)
    if question.intercept:
        yield from _cut(question.X - centre, question.y - question.y.mean(), "", (centre, float(question.y.mean())))
        yield from _cut(np.column_stack([ones, question.X]), question.y, " of the design with its column of ones", None)
    else:
        yield from _cut(question.X, question.y, "", (np.zeros_like(centre), 0.0))


def _cut(A: np.ndarray, y: np.ndarray, of: str, about: tuple[np.ndarray, float] | None) -> Iterator[Candidate]:
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    z = U.T @ y
    for rank in range(1, len(s)):
        if s[rank] <= 0:
            continue
        b = Vt[:rank].T @ (z[:rank] / s[:rank])
        coef, intercept = (b[1:], float(b[0])) if about is None else (b, float(about[1] - about[0] @ b))
        low, high = s[rank] / s[0], s[rank - 1] / s[0]
        what = f"singular values{of} under a cut between {low:.1e} and {high:.1e} were dropped: rank {rank} of {len(s)}"
        yield Candidate(what, coef, intercept, tried=len(s), remedy=f"lower the tolerance below {low:.1e}")
