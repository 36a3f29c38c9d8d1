"""The exact Gram matrix of rows that come piece by piece."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.reference import gram
from harness.reference.gram import exact_gram, exact_sum

Float64 = np.typing.NDArray[np.float64]


def wide(rows: int, seed: int = 0) -> tuple[Float64, Float64]:
    """Columns of all sizes, one of zeros, one that is zero in half of its rows, one that grows from row to row."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, 5)) * [1e-300, 1e200, 0.0, 1.0, 1.0]
    X[: rows // 2, 3] = 0.0
    X[:, 4] *= np.exp2(np.linspace(-40, 40, rows))
    return X, rng.integers(-9, 9, rows).astype(np.float64)


@given(order=st.permutations(range(40)), cuts=st.sets(st.integers(1, 39), max_size=6))
def test_rows_in_any_order_and_in_any_pieces_give_the_same_bits(order: list[int], cuts: set[int]) -> None:
    X, y = wide(40)
    pieces = np.split(np.array(order), sorted(cuts))
    assert exact_sum(exact_gram(X[rows], y[rows]) for rows in pieces) == exact_gram(X, y)


def test_pieces_of_a_whole_have_bits_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = wide(1000)
    whole = exact_gram(X, y)
    monkeypatch.setattr(gram, "PIECE_ROWS", 64)
    assert exact_gram(X, y) == whole
    assert exact_gram(X[::-1], y[::-1]) == whole


def test_no_rows_add_nothing() -> None:
    X, y = wide(8)
    assert exact_gram(X, y) + exact_gram(X[:0], y[:0]) == exact_gram(X, y)


def test_memory_does_not_grow_with_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gram, "PIECE_ROWS", gram.BLOCK_ROWS)
    peaks = []
    for rows in (4 * gram.BLOCK_ROWS, 16 * gram.BLOCK_ROWS):
        X, y = wide(rows)
        tracemalloc.start()
        try:
            exact_gram(X, y)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]
