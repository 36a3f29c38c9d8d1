"""Only the training rows of a split."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from harness.explain.candidate import Candidate, cause, closest
from harness.explain.given import Given
from harness.explain.question import Question, solved
from harness.explain.rows import RowSums

SHARES = (0.2, 0.25, 0.3, 1 / 3, 0.33, 0.1, 0.15, 0.4, 0.5)
SEEDS = (*range(11), 42, 100, 101, 123, 1234, 12345, 2020, 2021, 2022, 2023, 2024, 2025)
"""Usual values of ``test_size`` and ``random_state``."""

Choice = tuple[float, int, np.ndarray]
"""A share, a seed, and the training rows that they give."""


@cause(place=67)
def train_test_split(question: Question, given: Given) -> Iterator[Candidate]:
    """Only the training rows of scikit-learn's train_test_split were used."""
    if not RowSums.fit_for(question):
        return
    sums = RowSums(question, given)
    n = len(question.y)
    choices: list[Choice] = []
    for seed in SEEDS:
        order = np.random.RandomState(seed).permutation(n)
        choices += [(share, seed, order[math.ceil(share * n) :]) for share in SHARES]
    changes = sums.of_subsets([rows for _, _, rows in choices])
    numbers = sums.numbers(changes)
    yield _training_rows(question, choices, closest(numbers, given), scaled=False)
    deviations = np.array([question.X[rows].std(axis=0) for _, _, rows in choices])
    numbers = numbers.copy()
    numbers[:, int(given.has_intercept) :] *= deviations
    if given.has_intercept and question.intercept:
        numbers[:, 0] = [question.y[rows].mean() for _, _, rows in choices]
    yield _training_rows(question, choices, closest(numbers, given), scaled=True)


def _training_rows(question: Question, choices: Sequence[Choice], chosen: int, *, scaled: bool) -> Candidate:
    share, seed, rows = choices[chosen]
    X, how = question.X[rows], ""
    if scaled:
        deviation = X.std(axis=0)
        X, how = (X - X.mean(axis=0)) / np.where(deviation == 0, 1.0, deviation), ", their features standardised"
    coef, level = solved(X, question.y[rows], intercept=question.intercept)
    call = f"train_test_split(test_size={share:.3g}, random_state={seed})"
    what = f"only the {len(rows)} training rows of {call} were used{how}"
    return Candidate(what, coef, level, tried=2 * len(choices), remedy="fit on every row")
