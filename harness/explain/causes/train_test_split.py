"""Only the training rows of a split."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from harness.explain.candidate import Candidate, cause, distance
from harness.explain.given import Given
from harness.explain.question import Question, solved
from harness.explain.rows import RowSums

SHARES = (0.2, 0.25, 0.3, 1 / 3, 0.33, 0.1, 0.15, 0.4, 0.5)
SEEDS = (*range(11), 42, 100, 101, 123, 1234, 12345, 2020, 2021, 2022, 2023, 2024, 2025)
"""What people write for ``test_size`` and ``random_state``."""


@cause(place=67)
def train_test_split(question: Question, given: Given) -> Iterator[Candidate]:
    """Only the training rows of scikit-learn's train_test_split were used."""
    if not RowSums.fit_for(question):
        return
    sums = RowSums(question, given)
    n = len(question.y)
    choices = []
    for seed in SEEDS:
        order = np.random.RandomState(seed).permutation(n)
        choices += [(share, seed, order[math.ceil(share * n) :]) for share in SHARES]
    if not choices:
        return
    changes = sums.of_subsets([rows for _, _, rows in choices])
    share, seed, rows = choices[int(np.argmin(distance(sums.numbers(changes), given).max(axis=1)))]
    coef, level = solved(question.X[rows], question.y[rows], intercept=question.intercept)
    what = (
        f"only the {len(rows)} training rows of train_test_split(test_size={share:.3g}, random_state={seed}) were used"
    )
    yield Candidate(what, coef, level, tried=len(choices), remedy="fit on every row")
