"""Shared by backends that solve a stack of problems in one call: the problems as three-dimensional arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from backends.base import Array, Fits, ProblemStack


class Block(NamedTuple):
    """Problems solved together."""

    places: NDArray[np.int64]
    """Of shape (n_problems,). Their numbers in the stack."""
    X: Array
    """Of shape (n_problems, n_rows, n_features)."""
    y: Array
    """Of shape (n_problems, n_rows). ``X`` and ``y`` are views of the stack's arrays where its problems have equally
    many rows at equal distances. Otherwise they are copies, in which shorter problems are padded with rows of zeros."""
    lengths: NDArray[np.int64]
    """Of shape (n_problems,). Rows per problem, without padding."""

    def ones(self) -> Array:
        """The column of ones, of shape (n_problems, n_rows, 1), with zeros in padding rows.

        A padding row is then zero throughout and adds nothing to ``X'X`` and ``X'y``: the solutions are the same.
        """
        there = np.arange(self.y.shape[1]) < self.lengths[:, None]
        return there[:, :, None].astype(self.X.dtype)


def blocks(stack: ProblemStack) -> list[Block]:
    """A stack as one block where it is regular, else as a block per doubling of the rows: at most half is padding."""
    lengths = stack.lengths
    steps = np.unique(np.diff(stack.ranges[:, 0]))
    if len(steps) <= 1 and (lengths == lengths[0]).all():
        step = int(steps[0]) if len(steps) else 0
        return [_regular(stack, step, lengths)]
    return list(_padded(stack, lengths))


def _regular(stack: ProblemStack, step: int, lengths: NDArray[np.int64]) -> Block:
    first, count, n = int(stack.ranges[0, 0]), len(stack), int(lengths[0])
    X, y = stack.X[first:], stack.y[first:]
    row, column = X.strides
    wide = as_strided(X, (count, n, X.shape[1]), (step * row, row, column), writeable=False)
    long = as_strided(y, (count, n), (step * y.strides[0], y.strides[0]), writeable=False)
    return Block(np.arange(count), wide, long, lengths)


def _padded(stack: ProblemStack, lengths: NDArray[np.int64]) -> Iterator[Block]:
    doublings = np.ceil(np.log2(lengths)).astype(np.int64)
    for doubling in np.unique(doublings):
        places = np.flatnonzero(doublings == doubling)
        n = int(lengths[places].max())
        rows = stack.ranges[places, :1] + np.arange(n)
        there = np.arange(n) < lengths[places, None]
        rows[~there] = 0
        X, y = stack.X[rows], stack.y[rows]
        X[~there], y[~there] = 0, 0
        yield Block(places, X, y, lengths[places])


def empty_fits(stack_size: int, n_features: int, *, ranked: bool) -> Fits:
    """Fits of direct methods, to be filled in; ``ranked`` where the method decides on a rank."""
    return Fits(
        np.empty((stack_size, n_features)),
        np.zeros(stack_size),
        np.ones(stack_size, dtype=np.bool_),
        None,
        np.empty(stack_size, dtype=np.int64) if ranked else None,
    )
