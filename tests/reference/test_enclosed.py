"""Against crlin, which encloses a least-squares solution with proof, by methods that share nothing with ours.

An enclosure holds the solution for the float64 data, so the exact rational one must lie in it. How such methods work:
S. M. Rump, *Verification methods: rigorous results using floating-point arithmetic*, Acta Numerica 19 (2010),
pp. 287-449.
"""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from backends.base import Problem
from harness.catalog import dataset_class
from harness.datasets.hilbert import Hilbert
from harness.datasets.nasty import Nasty
from harness.datasets.nist_anova import NistAnova
from harness.reference import solve
from tests.support.exact_least_squares import problem
from tests.support.nist import LINEAR

crlin: Any = pytest.importorskip("crlin", reason="crlin is not installed; pip install crlin")
pytestmark = pytest.mark.slow

MOST_ULPS = 64
"""Between the ends of an enclosure: one that is wide would prove nothing."""

MADE = {
    "hilbert of 6": Hilbert(n_features=6),
    "hilbert of 9": Hilbert(n_features=9),
    "SmLs01": NistAnova(set="SmLs01"),
    "X on its powers": Nasty(kind="powers"),
    "BIG on X": Nasty(kind="x", target="big"),
}


def assert_enclosed(asked: Problem) -> None:
    A = np.column_stack([np.ones(len(asked.y)), asked.X]) if asked.intercept else asked.X
    low, high = crlin.lstsq(A, asked.y, mode="extended")
    exact = solve(asked).exact
    values = [exact.intercept, *exact.coef] if asked.intercept else list(exact.coef)
    for lo, value, hi in zip(low.tolist(), values, high.tolist(), strict=True):
        assert Fraction(lo) <= value <= Fraction(hi)
    assert np.all(high - low <= MOST_ULPS * np.maximum(np.spacing(np.abs(high)), np.spacing(np.abs(low))) + 1e-300)


@pytest.mark.parametrize("name", LINEAR)
def test_nists_sets(name: str) -> None:
    assert_enclosed(dataset_class(name)().data().problem)


@pytest.mark.parametrize("name", MADE)
def test_classics(name: str) -> None:
    assert_enclosed(MADE[name].data().problem)


@pytest.mark.parametrize("seed", range(12))
def test_random_problems(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(8, 60)), int(rng.integers(1, 7))
    X = rng.standard_normal((n, p)) * 10.0 ** rng.integers(-6, 7, p) + 10.0 ** rng.integers(0, 5)
    assert_enclosed(problem(X, rng.standard_normal(n), intercept=bool(seed % 2)))
