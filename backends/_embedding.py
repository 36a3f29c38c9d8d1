"""A sparse sign embedding: a sketch with few rows that nearly preserves lengths in the column span.

Each row of A is added, times 1 or -1, to one random row of each of `SIGNS` bands of the sketch. A block has as many
rows as a band and meets each row of the band once. So the additions have one order in any implementation, one NumPy
call adds a block to a band, and no row of a band stays empty. With twelve rows of the sketch per column of A, and eight
signs, lengths change by a factor of about ``1 ± 0.3`` after division by the root of eight.

References
----------
J. Nelson, H. L. Nguyen, "OSNAP: Faster numerical linear algebra algorithms via sparser subspace embeddings", FOCS 2013,
117-126 (one sign in each band).
P.-G. Martinsson, J. A. Tropp, "Randomized numerical linear algebra: Foundations and algorithms", Acta Numer. 29 (2020),
section 9.2 (eight signs are enough in practice).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backends.base import Problem

Float64 = NDArray[np.float64]

SIGNS = 8
"""Rows of the sketch that a row of A is added to, one in each band."""
FEWEST = 512
"""Fewest rows of a band: with fewer, blocks are so short that drawing dominates the time."""
GROUP = 1 << 14
"""Rows to draw for at a time, about."""


class Draw(NamedTuple):
    """Places and signs for some blocks of rows.

    Attributes
    ----------
    first, last : int
        The rows, the last excluded.
    places : ndarray of shape (n_blocks, SIGNS, band)
        Int64: the row of each band to which each row of a block is added.
    signs : ndarray of shape (n_blocks, SIGNS, band)
        1.0 or -1.0.
    """

    first: int
    last: int
    places: NDArray[np.int64]
    signs: Float64


Add = Callable[[Problem, Draw, Float64], None]
"""Adds the rows of a draw to a sketch."""


def sketch(problem: Problem, band: int, seed: int, add: Add) -> Float64:
    """The sketch of ``[X 1 y]``, not yet divided by the root of `SIGNS`; no ones without an intercept.

    Parameters
    ----------
    band : int
        Rows of a band.
    seed : int
        Seed of the places and signs.
    add : callable
        `add_rows`, or a kernel that does the same.

    Returns
    -------
    ndarray of shape (SIGNS * band, n_parameters + 1)
    """
    found = np.zeros((SIGNS * band, problem.X.shape[1] + problem.intercept + 1))
    for draw in draws(len(problem.y), band, seed):
        add(problem, draw, found)
    return found


def draws(n: int, band: int, seed: int) -> Iterator[Draw]:
    """Draw places and signs for n rows, some blocks at a time."""
    stream = np.random.default_rng(seed)
    step = band * max(1, GROUP // band)
    for first in range(0, n, step):
        last = min(n, first + step)
        shape = -(-(last - first) // band), SIGNS, band
        places = stream.permuted(np.tile(np.arange(band), (*shape[:2], 1)), axis=2)
        signs = np.asarray(1 - 2 * stream.integers(0, 2, shape), dtype=np.float64)
        yield Draw(first, last, places, signs)


def add_rows(problem: Problem, draw: Draw, found: Float64) -> None:
    """`Add` in NumPy."""
    band = draw.places.shape[2]
    for i, (places, signs) in enumerate(zip(draw.places, draw.signs, strict=True)):
        first = draw.first + i * band
        rows = bordered(problem, first, min(first + band, draw.last))
        for k in range(SIGNS):
            own = found[k * band : (k + 1) * band]
            own[places[k, : len(rows)]] += signs[k, : len(rows), None] * rows


def bordered(problem: Problem, first: int = 0, last: int | None = None) -> Float64:
    """Some rows of ``[X 1 y]``, in float64."""
    X, y = problem.X[first:last], problem.y[first:last]
    ones = [np.ones(len(y))] if problem.intercept else []
    return np.column_stack([X, *ones, y]).astype(np.float64, copy=False)
