"""Stochastic gradient descent, sample by sample, at the speed of BLAS in NumPy alone.

A sample's update needs the residual that the updates before it have left, which seems to force a loop over samples.
Within a block of k samples that dependence is a triangular system. With rows a_i = (x_i, 1), parameters t before the
block and h_i = 2 * learning rate of update i, the parameters after i updates are t - Σ_{j≤i} h_j r_j a_j, so that the
residuals r_i, each taken before its own update, satisfy

    r_i + Σ_{j<i} (a_i·a_j) h_j r_j = a_i·t - y_i          (I + tril(A Aᵀ, -1) diag(h)) r = A t - y

and the block ends at t - Aᵀ(h r). The matrix does not depend on t: the inverses for many blocks are formed at once,
and three small products a block are all that is done in turn.

Batches: j then runs over the samples of earlier batches, and h_i is divided by the size of its batch.

Penalty: each update shrinks the coefficients, not the intercept, by 1 - h l2 before its step. So x_i in A t carries
the product of the shrinkings since the block's start, x_j in Aᵀ(h r) those up to its end, and x_i·x_j those between.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from backends.base import Problem

__all__ = ["blocks_engine"]

Float64 = NDArray[np.float64]
Order = NDArray[np.intp]

BLOCK = 16
"""Order of the triangular systems. Of 8, 16, 32 and 64 the fastest or next to it from 1 to 100 features."""

LEAF = 4
"""Order of the diagonal blocks that are inverted elementwise; the inverse is put together from theirs by doubling."""

CHUNK = 2048
"""Samples whose systems are set up at once, about; few enough for their matrices to stay in the cache."""


class Blocks(NamedTuple):
    """Consecutive blocks of samples, set up.

    Attributes
    ----------
    rows : ndarray of shape (n_blocks, rows, n_features + 2)
        ``(x, 1, y)``, to be multiplied by ``(coef, intercept, -1)``.
    steps : ndarray of the same shape
        ``-h (x, 1, 0)``.
    inverses : ndarray of shape (n_blocks, rows, rows), or None
        None where a block is one batch, whose residuals do not depend on one another.
    shrinkings : ndarray of shape (n_blocks,), or None
        What a block's updates multiply the coefficients by in all; None without penalty.
    """

    rows: Float64
    steps: Float64
    inverses: Float64 | None
    shrinkings: Float64 | None


def blocks_engine(problem: Problem, batch_size: int) -> Callable[[Order, Float64, Float64], float]:
    """One epoch of updates as a function of the order of the samples, the rates of the updates, and theta.

    The function changes theta = (coef, intercept) in place and gives the mean square of the residuals, each taken
    before its sample's update; NaN as soon as one is not finite. Holds one copy of the data.
    """
    n = len(problem.y)
    table = np.column_stack([problem.X, np.full(n, float(problem.intercept)), problem.y])
    rows = _updates(batch_size) * batch_size
    chunk = max(1, CHUNK // rows) * rows

    def epoch(order: Order, rates: Float64, theta: Float64) -> float:
        t = np.append(theta, -1.0)
        squares = 0.0
        for start in range(0, n, chunk):
            samples = order[start : start + chunk]
            of = rates[start // batch_size : (start + chunk) // batch_size]
            blocks = _set_up(table, samples, of, problem.l2, batch_size)
            residuals = _sweep(blocks, t)[: len(samples)]
            squares += float(residuals.dot(residuals))
            if not np.isfinite(squares):
                return np.nan
        theta[:] = t[:-1]
        return squares / n

    return epoch


def _sweep(blocks: Blocks, t: Float64) -> Float64:
    """Go through the blocks in turn, changing t; the residuals of all their samples."""
    residuals = np.empty(blocks.rows.shape[:2])
    coef = t[:-2]
    inverses = repeat(None) if blocks.inverses is None else blocks.inverses
    shrinkings = repeat(None) if blocks.shrinkings is None else blocks.shrinkings
    for A, S, T, shrinking, r in zip(blocks.rows, blocks.steps, inverses, shrinkings, residuals, strict=False):
        if T is None:
            A.dot(t, r)
        else:
            T.dot(A.dot(t), r)
        if shrinking is not None:
            coef *= shrinking
        t += r.dot(S)
    return residuals.ravel()


def _set_up(table: Float64, samples: Order, rates: Float64, l2: float, batch_size: int) -> Blocks:
    """Gather the samples, the last block padded with samples of no weight, and invert the systems."""
    updates = _updates(batch_size)
    n, rows = len(samples), updates * batch_size
    n_blocks = -(-n // rows)
    gathered = np.zeros(n_blocks * rows, dtype=np.intp)
    gathered[:n] = samples
    h = np.zeros(n_blocks * updates)
    h[: len(rates)] = 2 * rates
    weights = np.repeat(h / batch_size, batch_size)
    weights[n:] = 0.0
    if n % batch_size:
        weights[n - n % batch_size : n] *= batch_size / (n % batch_size)
    A = table[gathered]
    S = A * -weights[:, None]
    S[:, -1] = 0.0
    A, S = A.reshape(n_blocks, rows, -1), S.reshape(n_blocks, rows, -1)
    decays = _decays(1 - l2 * h.reshape(n_blocks, updates)) if l2 else None
    inverses = _inverse(_couplings(A, S, decays, batch_size))[:, :rows, :rows] if updates > 1 else None
    if decays is None:
        return Blocks(A, S, inverses, None)
    update = np.arange(rows) // batch_size
    A[:, :, :-2] *= decays[:, update, 0, None]
    S[:, :, :-2] *= decays[:, -1, update + 1, None]
    return Blocks(A, S, inverses, decays[:, -1, 0])


def _updates(batch_size: int) -> int:
    """How many batches make a block."""
    return max(1, BLOCK // batch_size)


def _decays(shrinkings: Float64) -> Float64:
    """D[:, p, q], the product of the shrinkings of updates q to p-1 of each block; 1 where there are none."""
    n_blocks, updates = shrinkings.shape
    factors = np.ones((n_blocks, updates + 1, updates + 1))
    after = np.tri(updates, updates + 1, dtype=bool)
    factors[:, 1:] = np.where(after, shrinkings[:, :, None], 1.0)
    return factors.cumprod(axis=1)


def _couplings(A: Float64, S: Float64, decays: Float64 | None, batch_size: int) -> Float64:
    """How far the residual of row i moves with that of row j of an earlier batch; above the diagonal, anything."""
    rows = A.shape[1]
    update = np.arange(rows) // batch_size
    if decays is None:
        N: Float64 = A @ S.transpose(0, 2, 1)
    else:
        N = A[:, :, :-2] @ S[:, :, :-2].transpose(0, 2, 1) * decays[:, update[:, None], update + 1]
        N += A[:, :, -2:-1] * S[:, None, :, -2]
    if batch_size > 1:
        N *= update[:, None] > update
    if rows == BLOCK:
        return N
    padded = np.zeros((len(N), BLOCK, BLOCK))
    padded[:, :rows, :rows] = N
    return padded


def _inverse(N: Float64) -> Float64:
    """The inverses of I - tril(N, -1) for a stack of matrices of order `BLOCK`.

    The inverse of [[P, 0], [-M, Q]] is [[P⁻¹, 0], [Q⁻¹ M P⁻¹, Q⁻¹]], from the leaves up.
    """
    T = np.zeros_like(N)
    _diagonal(T, LEAF)[...] = _leaf_inverse(_diagonal(N, LEAF))
    half = LEAF
    while half < BLOCK:
        done, M = _diagonal(T, 2 * half), _diagonal(N, 2 * half)[..., half:, :half]
        np.matmul(done[..., half:, half:] @ M, done[..., :half, :half], out=done[..., half:, :half])
        half *= 2
    return T


def _diagonal(M: Float64, size: int) -> Float64:
    """The blocks of that size on the diagonals of a stack of matrices, as a view of (stack, block, row, column)."""
    matrix, row, column = M.strides
    shape = (len(M), BLOCK // size, size, size)
    return as_strided(M, shape, (matrix, size * (row + column), row, column))


def _leaf_inverse(N: Float64) -> Float64:
    """`_inverse` by forward substitution, each number of it for all leaves at once."""
    stack, leaves, size, _ = N.shape
    L = N.transpose(2, 3, 0, 1).reshape(size, size, -1)
    T = np.zeros_like(L)
    for i in range(size):
        T[i, i] = 1.0
        np.einsum("kb,kjb->jb", L[i, :i], T[:i, :i], out=T[i, :i])
    return T.reshape(size, size, stack, leaves).transpose(2, 3, 0, 1)
