"""Stochastic gradient descent, sample by sample, at the speed of BLAS in NumPy alone.

A sample's update needs its residual after all earlier updates, which seems to force a loop over samples. Within a block
of k samples that dependence is a triangular system. With rows a_i = (x_i, 1), parameters t before the
block and h_i = 2 * learning rate of update i, the parameters after i updates are t - Σ_{j≤i} h_j r_j a_j, so that the
residuals r_i, each taken before its own update, satisfy

    r_i + Σ_{j<i} (a_i·a_j) h_j r_j = a_i·t - y_i          (I + tril(A Aᵀ, -1) diag(h)) r = A t - y

and the block ends at t - Aᵀ(h r). The matrix does not depend on t: the inverses for many blocks are formed at once, and
only three small products per block are sequential. The gain shrinks as a single row becomes long enough for BLAS: about
30 times as fast as the engine "naive" up to 20 features, 15 times at 100, 6 times at 500.

Batches: j then runs over the samples of earlier batches, and h_i is divided by the size of its batch.

Weights: h_i is multiplied by the sample's.

Averages: the iterates after the updates of a block, added up, are ``k t - Aᵀ(h c r)`` with k the updates and c_j the
number of them from sample j's on; with a penalty each of these counts is a sum of products of shrinkings.

Penalty: each update shrinks the coefficients, not the intercept, by 1 - h l2 before its step. So x_i in A t is
multiplied by the shrinkings since the block's start, x_j in Aᵀ(h r) by those up to its end, x_i·x_j by those between.
"""

from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from backends._stochastic import InNumPy
from backends.base import Problem

Float64 = NDArray[np.float64]
Order = NDArray[np.intp]

BLOCK = 16
"""Order of the triangular systems. Of 8, 16, 32 and 64 the fastest or second, from 1 to 100 features."""

LEAF = 4
"""Order of the diagonal blocks that are inverted elementwise; doubling combines their inverses."""

CHUNK = 4096
"""Samples whose systems are set up at once, at most: enough to make the calls cheap."""

CHUNK_BYTES = 2**22
"""The same limit in bytes of their rows: few enough to stay in the cache."""


class InBlocks(InNumPy):
    """As `backends._stochastic.OneByOne.updates`. Holds one copy of the data."""

    def __init__(self, problem: Problem, batch_size: int) -> None:
        self._chunk, self._batch_size, self._weights = _Chunk(problem, batch_size), batch_size, problem.weights

    def updates(self, order: Order, rates: Float64, theta: Float64, total: Float64 | None) -> float:
        """One epoch."""
        t, sums = np.append(theta, -1.0), None if total is None else np.zeros(len(theta) + 1)
        n, size, squares = len(order), self._chunk.size, 0.0
        for start in range(0, n, size):
            of_updates = slice(start // self._batch_size, (start + size) // self._batch_size)
            samples = order[start : start + size]
            blocks = self._chunk.set_up(samples, rates[of_updates], averaged=sums is not None)
            residuals = _sweep(blocks, t, sums)[: n - start]
            weighted = residuals if self._weights is None else residuals * self._weights[samples]
            squares += float(residuals.dot(weighted))
            if not np.isfinite(squares):
                return np.nan
        theta[:] = t[:-1]
        if total is not None and sums is not None:
            total += sums[:-1]
        return squares / max(n, 1)


class _Blocks(NamedTuple):
    """Consecutive blocks of samples, set up."""

    A: Float64
    """Of shape (n_blocks, rows, n_features + 2). ``(x, 1, y)``, to be multiplied by ``(coef, intercept, -1)``."""
    S: Float64
    """Of the same shape. ``-h (x, 1, 0)``."""
    T: Float64 | None
    """Of shape (n_blocks, rows, rows). The inverses; None where a block is one batch, so that its residuals do not
    depend on one another."""
    shrinkings: Float64 | None
    """Of shape (n_blocks,). The product of the block's shrinkings; None without a penalty."""
    own: Float64 | None = None
    others: Float64 | None = None
    """``own`` and ``others``: of shape (n_blocks, n_features + 2), and of the shape of A. The factors of the parameters
    before the block, and of each residual, in the sum of the block's iterates."""


def _sweep(blocks: _Blocks, t: Float64, sums: Float64 | None) -> Float64:
    """Update t block by block, and return the residuals of all samples. Iterates are added to sums, if any."""
    residuals = np.empty(blocks.A.shape[:2])
    coef = t[:-2]
    inverses = repeat(None) if blocks.T is None else blocks.T
    shrinkings = repeat(None) if blocks.shrinkings is None else blocks.shrinkings
    own = repeat(None) if blocks.own is None else blocks.own
    others = repeat(None) if blocks.others is None else blocks.others
    for A, S, T, shrinking, r, of_t, of_r in zip(
        blocks.A, blocks.S, inverses, shrinkings, residuals, own, others, strict=False
    ):
        if T is None:
            A.dot(t, r)
        else:
            T.dot(A.dot(t), r)
        if sums is not None and of_t is not None:
            sums += of_t * t + r.dot(of_r)
        if shrinking is not None:
            coef *= shrinking
        t += r.dot(S)
    return residuals.ravel()


class _Chunk:
    """Sets up a chunk of blocks at a time, in reused memory: fresh pages would cost more than the arithmetic.

    Attributes
    ----------
    size : int
        Samples per chunk: whole blocks of whole batches.
    """

    def __init__(self, problem: Problem, batch_size: int) -> None:
        n = len(problem.y)
        self._table = np.column_stack([problem.X, np.full(n, float(problem.intercept)), problem.y])
        self._l2, self._batch_size, self._weights = problem.l2, batch_size, problem.weights
        self._updates = max(1, BLOCK // batch_size)
        rows = self._updates * batch_size
        most = min(CHUNK, n + rows - 1, CHUNK_BYTES // (8 * self._table.shape[1]))
        n_blocks = max(1, most // rows)
        self.size = n_blocks * rows
        self._update = np.arange(rows) // batch_size
        self._A, self._S = np.empty((2, n_blocks, rows, self._table.shape[1]))
        self._N, self._T = np.zeros((2, n_blocks if self._updates > 1 else 0, BLOCK, BLOCK))

    def set_up(self, order: Order, rates: Float64, *, averaged: bool) -> _Blocks:
        """Gather the samples, the last block padded with samples of no weight, and invert the systems."""
        n, rows = len(order), len(self._update)
        n_blocks = -(-n // rows)
        A, S = self._A[:n_blocks], self._S[:n_blocks]
        h = np.zeros((n_blocks, self._updates))
        h.flat[: len(rates)] = 2 * rates
        padded = np.zeros(n_blocks * rows, dtype=np.intp)
        padded[:n] = order
        self._table.take(padded, axis=0, out=A.reshape(len(padded), -1), mode="clip")
        np.multiply(A, self._steps(h, order)[:, :, None], out=S)
        S[:, :, -1] = 0.0
        decays = _decays(1 - self._l2 * h) if self._l2 or averaged else None
        T = self._inverses(A, S, decays) if self._updates > 1 else None
        if decays is None:
            return _Blocks(A, S, T, None)
        own, others = self._counts(S, decays, len(rates)) if averaged else (None, None)
        A[:, :, :-2] *= decays[:, self._update, 0, None]
        S[:, :, :-2] *= decays[:, -1, self._update + 1, None]
        return _Blocks(A, S, T, decays[:, -1, 0], own, others)

    def _steps(self, h: Float64, order: Order) -> Float64:
        """``-h`` per sample: divided by the size of its batch, times its weight. The last batch may be smaller."""
        n = len(order)
        steps = np.repeat(-h.ravel() / self._batch_size, self._batch_size)
        last = n % self._batch_size
        if last:
            steps[n - last : n] *= self._batch_size / last
            steps[n:] = 0.0
        if self._weights is not None:
            steps[:n] *= self._weights[order]
        return steps.reshape(len(h), -1)

    def _counts(self, S: Float64, decays: Float64, n_updates: int) -> tuple[Float64, Float64]:
        """``own`` and ``others`` of `_Blocks`, for the first ``n_updates`` updates."""
        made = np.arange(len(S) * self._updates).reshape(len(S), -1) < n_updates
        after = np.tri(self._updates, self._updates + 1, 1)  # update p is q - 1, or comes after it
        of_coef = np.einsum("bp,pq,bpq->bq", made, after, decays[:, 1:])
        of_intercept = np.einsum("bp,pq->bq", made, after)
        own = np.repeat(of_coef[:, :1], S.shape[2], axis=1)
        own[:, -2:] = of_intercept[:, :1]
        others = S * of_coef[:, self._update + 1, None]
        others[:, :, -2:] = S[:, :, -2:] * of_intercept[:, self._update + 1, None]
        return own, others

    def _inverses(self, A: Float64, S: Float64, decays: Float64 | None) -> Float64:
        """The inverses of I - N, where N is how a residual depends on that of a sample in an earlier batch."""
        rows, update = len(self._update), self._update
        N, T = self._N[: len(A)], self._T[: len(A)]
        inner = N[:, :rows, :rows]
        if decays is None:
            np.matmul(A, S.transpose(0, 2, 1), out=inner)
        else:
            np.matmul(A[:, :, :-2], S[:, :, :-2].transpose(0, 2, 1), out=inner)
            inner *= decays[:, update[:, None], update + 1]
            inner += A[:, :, -2:-1] * S[:, None, :, -2]
        if self._batch_size > 1:
            inner *= update[:, None] > update
        _invert(N, T)
        inverses: Float64 = T[:, :rows, :rows]
        return inverses


def _decays(shrinkings: Float64) -> Float64:
    """D[:, p, q], the product of the shrinkings of updates q to p-1 of each block; 1 where there are none."""
    n_blocks, updates = shrinkings.shape
    factors = np.ones((n_blocks, updates + 1, updates + 1))
    after = np.tri(updates, updates + 1, dtype=bool)
    factors[:, 1:] = np.where(after, shrinkings[:, :, None], 1.0)
    products: Float64 = factors.cumprod(axis=1)
    return products


def _invert(N: Float64, T: Float64) -> None:
    """Put the inverses of I - tril(N, -1) into T, for stacks of matrices of order `BLOCK`; T's upper part is zero.

    The inverse of [[P, 0], [-M, Q]] is [[P⁻¹, 0], [Q⁻¹ M P⁻¹, Q⁻¹]], from the leaves up.
    """
    _diagonal(T, LEAF)[...] = _leaf_inverse(_diagonal(N, LEAF))
    half = LEAF
    while half < BLOCK:
        done, M = _diagonal(T, 2 * half), _diagonal(N, 2 * half)[..., half:, :half]
        np.matmul(done[..., half:, half:] @ M, done[..., :half, :half], out=done[..., half:, :half])
        half *= 2


def _diagonal(M: Float64, size: int) -> Float64:
    """The blocks of that size on the diagonals of a stack of matrices, as a view of (stack, block, row, column)."""
    matrix, row, column = M.strides
    shape = (len(M), BLOCK // size, size, size)
    return as_strided(M, shape, (matrix, size * (row + column), row, column))


def _leaf_inverse(N: Float64) -> Float64:
    """The inverses of I - tril(N, -1) by forward substitution, one element at a time for all leaves at once."""
    stack, leaves, size, _ = N.shape
    L = N.transpose(2, 3, 0, 1).reshape(size, size, -1)
    T = np.zeros_like(L)
    for i in range(size):
        T[i, i] = 1.0
        np.einsum("kb,kjb->jb", L[i, :i], T[:i, :i], out=T[i, :i])
    return T.reshape(size, size, stack, leaves).transpose(2, 3, 0, 1)
