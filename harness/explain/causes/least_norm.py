"""Dependent columns, and the answer of least norm."""

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Question

REMEDY = "drop a column that depends on the others"
CUTS = (1e-15, 1e-12, 1e-9, 1e-6)
"""Shares of the largest singular value below which programs may treat columns as dependent."""


@cause(place=36)
def least_norm(question: Question, _: Given) -> Iterator[Candidate]:
    """The columns depend on one another, and this is the answer of least norm."""
    if question.full_rank and question.determined:
        return
    for name, scaled in (("", False), (", its columns of standard deviation 1", True)):
        about = question.reduced
        A = about.design(intercept=question.intercept)[0]
        lengths = np.sqrt((A**2).sum(axis=0) / about.weight) if scaled else np.ones(A.shape[1])
        lengths[lengths == 0] = 1.0
        about = about.scaled(np.zeros(len(lengths) + 1), np.append(lengths, 1.0))
        if question.intercept:
            A, y = about.design(intercept=True)
            what = f"the columns are dependent: of the many answers this is the one of least norm{name}"
            for cut in CUTS:
                coef = np.asarray(np.linalg.lstsq(A, y, rcond=cut)[0], dtype=np.float64)
                yield Candidate(f"{what}, intercept left free", coef / lengths, about.level(coef), tried=16,
                                remedy=REMEDY)  # fmt: skip
        rows = about.rows if question.intercept else about.rows[:, 1:]
        what = f"the columns are dependent: of the many answers this is the one of least norm{name}"
        for cut in CUTS:
            b = np.asarray(np.linalg.lstsq(rows[:, :-1], rows[:, -1], rcond=cut)[0], dtype=np.float64)
            coef, level = (b[1:], float(b[0])) if question.intercept else (b, 0.0)
            counted = ", intercept included" if question.intercept else ""
            yield Candidate(what + counted, coef / lengths, level, tried=16, remedy=REMEDY)
