"""Dummies with another baseline or coding, or with none left out."""

from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Float64, Question


@cause(place=30)
def contrasts(question: Question, _: Given) -> Iterator[Candidate]:
    """Dummies with another baseline or another coding (deviations, Helmert), or with no baseline left out."""
    for group in question.groups:
        yield from _baselines(question, list(group))
        yield from _codings(question, list(group))


def _baselines(question: Question, columns: list[int]) -> Iterator[Candidate]:
    p = len(question.features)
    remedy = "choose the same baseline in both"
    for j in columns:
        slope, shift = np.eye(p + 1), np.zeros(p + 1)
        slope[columns, j], shift[j] = -1.0, 1.0  # the given baseline's own dummy in the new baseline's place
        coef, level = question.reduced.changed(slope, shift).solve(intercept=question.intercept)
        baseline = question.features[j]
        what = f"the category's baseline is {baseline}, and the given baseline has a column in its place"
        yield Candidate(what, coef, level, tried=len(columns), remedy=remedy)
        if j == columns[0]:
            first = coef[columns].copy()
            coef = coef.copy()
            coef[columns] = np.concatenate([first[1:], first[:1]])
            what = f"the category's baseline is {baseline}, and the given baseline has the last column of the category"
            yield Candidate(what, coef, level, tried=len(columns), remedy=remedy)
    if question.intercept:
        coef, level = question.answer
        means = coef.copy()
        means[columns] += level
        what = "every level has a dummy and there is no intercept, so that these are levels, not differences to one"
        yield Candidate(what, means, 0.0, remedy="leave the baseline's dummy out and add an intercept")
        yield Candidate(what, means, level, remedy="compare the differences to the baseline")


def _codings(question: Question, columns: list[int]) -> Iterator[Candidate]:
    """Other codings, from ``levels = intercept + coding @ coef`` with the baseline as the first level."""
    if not question.intercept:
        return
    coef, level = question.answer
    levels = level + np.concatenate([[0.0], coef[columns]])
    k = len(levels)
    for what, coding in (
        ("as deviations from the mean of all levels, the given baseline left out", _deviations(k, 0)),
        ("as deviations from the mean of all levels, the last level left out", _deviations(k, k - 1)),
        ("by Helmert's contrasts (each level against the mean of those before)", _helmert(k)),
        ("by differences from one level to the next", np.tril(np.ones((k, k - 1)), -1)),
    ):
        found = np.linalg.solve(np.column_stack([np.ones(k), coding]), levels)
        changed = coef.copy()
        changed[columns] = found[1:]
        remedy = "choose the same coding (contrasts) in both"
        yield Candidate(f"the category is coded {what}", changed, float(found[0]), tried=4, remedy=remedy)


def _deviations(k: int, left_out: int) -> Float64:
    coding = np.delete(np.eye(k), left_out, axis=1)
    coding[left_out] = -1.0
    return coding


def _helmert(k: int) -> Float64:
    """As R's ``contr.helmert``."""
    coding = np.zeros((k, k - 1))
    for j in range(1, k):
        coding[:j, j - 1], coding[j, j - 1] = -1.0, j
    return coding
