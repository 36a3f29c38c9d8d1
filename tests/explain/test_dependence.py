"""Columns that depend on one another are told by name, with the combination where there is one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.base import Problem
from harness.explain.dependence import INTERCEPT, near_dependences, relations

RNG = np.random.default_rng(0)
A, B = RNG.uniform(1, 9, 40), RNG.uniform(2, 7, 40)
Y = RNG.standard_normal(40)


def told(*columns: np.ndarray, names: str = "a b c d", intercept: bool = True) -> list[tuple[str, bool]]:
    X = np.column_stack(columns)
    found = relations(Problem(X, Y, intercept), names.split()[: X.shape[1]])
    return [(str(each), each.exact) for each in found]


WHOLE = np.round(A * 10), np.round(B * 10)


@pytest.mark.parametrize(
    ("third", "wanted"),
    [
        (WHOLE[0] + WHOLE[1], ("c = a + b", True)),
        (-WHOLE[0], ("c = -a", True)),
        (WHOLE[0], ("c = a", True)),
        (100 - WHOLE[0] - WHOLE[1], ("c = 100 - a - b", True)),
        (WHOLE[0] / 2 + 3, ("c = 0.5 a + 3", True)),
        (np.full(40, 7.0), ("c = 7", True)),
        (np.zeros(40), ("c = 0", True)),
        (WHOLE[0] + 0.1, ("c = a + 0.1", False)),
        (1.8 * WHOLE[0] + 32, ("c = 1.8 a + 32", False)),
        (2.54 * WHOLE[1], ("c = 2.54 b", False)),
        (WHOLE[0] / 3, ("c = 1/3 a", False)),
    ],
)
def test_a_combination_is_written_in_small_numbers(third: np.ndarray, wanted: tuple[str, bool]) -> None:
    assert told(*WHOLE, third) == [wanted]


def test_without_an_intercept_a_constant_is_no_combination() -> None:
    assert told(*WHOLE, np.full(40, 7.0), intercept=False) == []
    assert told(*WHOLE, WHOLE[0] + 2, intercept=False) == []
    assert told(*WHOLE, WHOLE[0] - WHOLE[1], intercept=False) == [("c = a - b", True)]


def test_columns_that_are_independent_have_none() -> None:
    assert told(A, B, A * B) == []
    assert told(A, A + 1e-9 * B) == []


@settings(max_examples=50, deadline=None)
@given(st.integers(-9, 9).filter(bool), st.integers(-9, 9), st.integers(-50, 50))
def test_whole_numbers_are_found_exactly(p: int, q: int, constant: int) -> None:
    ((text, exact),) = told(*WHOLE, p * WHOLE[0] + q * WHOLE[1] + constant)
    assert exact
    assert f"{abs(p)} a" in text if abs(p) != 1 else "a" in text
    assert ("b" in text) == bool(q)


def test_a_near_dependence_names_its_columns_and_no_other() -> None:
    X = np.column_stack([A, B, A + 1e-4 * Y])
    strongest, *_ = near_dependences(X, ["a", "b", "c"], intercept=True)
    assert set(strongest.columns) == {"a", "c"}
    assert strongest.index > 1e3
    assert all(share > 0.9 for _, share in strongest.proportions)


def test_a_column_far_from_zero_is_nearly_the_intercept() -> None:
    X = np.column_stack([1e6 + A, B])
    assert set(near_dependences(X, ["a", "b"], intercept=True)[0].columns) == {"a", INTERCEPT}
    assert near_dependences(np.column_stack([A - A.mean(), B - B.mean()]), ["a", "b"], intercept=True) == ()


@pytest.mark.parametrize("seed", range(12))
def test_a_combination_is_found_at_any_size_and_scale_and_no_near_one_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, p = int(10 ** rng.uniform(1.2, 3.6)), int(rng.integers(2, 8))
    X = rng.standard_normal((n, p)) * 10.0 ** rng.uniform(-3, 3, p) + rng.uniform(-100, 100, p)
    weights = rng.standard_normal(p) if seed % 2 else rng.integers(1, 4, p)
    sums = X @ weights + 5
    names = [f"x{j}" for j in range(p + 1)]
    (found,) = relations(Problem(np.column_stack([X, sums]), X[:, 0], True), names)
    assert found.column == f"x{p}"
    assert np.allclose([weight for _, weight in found.terms], weights, rtol=1e-6)
    off = sums * (1 + 1e-13 * rng.standard_normal(n))
    assert relations(Problem(np.column_stack([X, off]), X[:, 0], True), names) == ()
