"""The classics of statistical software's accuracy: what is exact in them, and what they are known for."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from harness.datasets.hilbert import Hilbert
from harness.datasets.longley_perturbed import UNITS, LongleyPerturbed
from harness.datasets.nasty import COLUMNS, Nasty
from harness.datasets.nist_longley import NistLongley
from harness.datasets.nist_wampler1 import NistWampler1
from harness.datasets.offset import Offset
from harness.datasets.polynomial import Polynomial
from harness.reference import solve


@pytest.mark.parametrize("exponent", range(13))
def test_an_offset_moves_the_intercept_alone(exponent: int) -> None:
    near, far = Offset(offset=0.0), Offset(offset=10.0**exponent)
    np.testing.assert_array_equal(far.table.X - 10.0**exponent, near.table.X)
    np.testing.assert_array_equal(far.table.y, near.table.y)
    assert solve(far.data().problem).coef == solve(near.data().problem).coef


def test_degree_5_is_wamplers_first() -> None:
    ours, nist = Polynomial().table, NistWampler1().table
    np.testing.assert_array_equal(ours.X, nist.X)
    np.testing.assert_array_equal(ours.y, nist.y)


def test_degree_12_is_exact_and_its_answer_is_ones() -> None:
    table = Polynomial(degree=12).table
    assert [Fraction(v) for v in table.X[20].tolist()] == [Fraction(20) ** k for k in range(1, 13)]
    reference = solve(Polynomial(degree=12).data().problem)
    np.testing.assert_array_equal(reference.coef, np.ones(12))


def test_hilbert_columns_lose_digits_as_they_are_many() -> None:
    conditions = [solve(Hilbert(n_features=p).data().problem).condition for p in (2, 5, 10)]
    assert conditions == sorted(conditions)
    assert conditions[2] > 1e11


def test_perturbed_longley_rounds_to_what_was_published() -> None:
    published, moved = NistLongley().table, LongleyPerturbed(seed=3).table
    assert np.all(np.abs(moved.X - published.X) <= 0.5 * UNITS * (1 + 1e-9))
    assert np.any(moved.X != published.X)
    np.testing.assert_array_equal(moved.X[:, 5], published.X[:, 5])
    np.testing.assert_array_equal(LongleyPerturbed(share=0.0).table.X, published.X)


def test_perturbed_longley_has_other_coefficients() -> None:
    one, other = (solve(LongleyPerturbed(seed=seed).data().problem).coef for seed in (1, 2))
    assert np.max(np.abs(one - other) / np.abs(one)) > 0.1


@pytest.mark.parametrize("kind", COLUMNS)
def test_nasty_columns_are_what_they_are_called(kind: Any) -> None:
    reference = solve(Nasty(kind=kind).data().problem)
    assert reference.full_rank == (kind not in ("constant", "zero"))
    if kind == "big":
        assert (reference.coef.tolist(), reference.intercept) == ([1.0], -99_999_990.0)
    if kind == "huge":
        assert reference.coef.tolist() == [1e-12]
