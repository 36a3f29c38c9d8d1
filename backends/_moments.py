"""First and second moments of the rows about their means, from one pass in blocks that fit the cache.

- *Sums over rows.* A block is summed by the matrix product; the blocks are added up in a binary tree, so that the
  error grows with log2 of their number (N. J. Higham, SIAM J. Sci. Comput. 14 (1993) 783-799) and memory holds one
  d × d matrix per level.
- *Centring.* ``sum(x*x) - n*mean**2`` loses ``mean**2/variance``. Where the first rows show a column's mean to
  exceed its deviation, their means are subtracted from every row on the fly; where the whole data then show
  that this was not enough (sorted rows, say), a second pass subtracts the right means. Nothing is subtracted where
  it gains nothing: the write would be a third of the time of the pass.

With weights each row, its 1 included, is multiplied by the root of its weight, and every sum is a weighted one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backends._parts import each_part
from backends._weights import total
from backends.base import Array, Problem

Float64 = NDArray[np.float64]

BLOCK_BYTES = 1 << 19
"""Bytes of a block of rows in float64: small enough to stay in the second-level cache."""
MOST_ROWS = 4096
"""Rows of a block, at most: BLAS may sum a narrow block's rows in one chain, whose error grows with its length."""
MEAN_TO_DEVIATION = 1.0
"""Rows are shifted where a column's squared mean exceeds this many variances in the first rows."""
FIRST_ROWS = 256
"""Rows looked at first: enough to compare means with deviations, and no time beside the pass itself."""
WORST_LOSS = 4.0
"""A second pass is made where a squared mean after the shift exceeds this many variances, which costs two bits."""


class Shift(NamedTuple):
    """What is subtracted from each row, of shape (n_features,), and from its target, before they are multiplied."""

    features: Float64
    target: float


class Sums(NamedTuple):
    """Sums over some of the rows; x and y are a row's features and target after the shift."""

    G: Float64
    """Of shape (n_features, n_features), of ``x xᵀ``."""
    cross: Float64
    """Of shape (2, n_features), of ``x`` and of ``y x``."""
    target: Float64
    """Of shape (2,), of ``y`` and of ``y²``."""

    def absorb(self, other: Sums) -> Sums:
        """Add other sums to these, in place."""
        for mine, its in zip(self, other, strict=True):
            np.add(mine, its, out=mine)
        return self


@dataclass(frozen=True, eq=False)
class Centred:
    """Moments about the means."""

    G: Float64
    """Of shape (n_features, n_features); ``XᵀX`` of the centred columns."""
    c: Float64
    """Of shape (n_features,); ``Xᵀy`` of the centred columns and target."""
    target_square: float
    """``yᵀy`` of the centred target."""
    shift: Shift
    mean: Float64
    target_mean: float
    """``mean`` and ``target_mean``, of shape (n_features,) and a number: the means after the shift."""
    loss: float
    """The largest ratio of such a squared mean to its variance: the factor by which cancellation magnifies rounding."""


def centred_moments(problem: Problem) -> Centred:
    """One pass over the rows, or two where the first shift was too far from the means.

    Without an intercept the moments are about zero.
    """
    if not problem.intercept:
        return _about_zero(problem)
    centred = _about_means(problem, _first_shift(problem))
    if centred.loss <= WORST_LOSS:
        return centred
    mean, target_mean = centred.shift.features + centred.mean, centred.shift.target + centred.target_mean
    return _about_means(problem, Shift(mean, target_mean))


def shifted_blocks(problem: Problem, shift: Shift) -> Iterator[tuple[Float64, Float64]]:
    """Blocks of shifted rows in float64, each with two rows to multiply it by: ones, and the shifted target.

    With weights, rows and sides are multiplied by the roots of the weights. The next step overwrites what is yielded.
    """
    X, y = problem.X, problem.y
    step = min(_rows_a_block(X), len(y))
    as_is = X.dtype == np.float64 and problem.weights is None and not shift.features.any()
    buffer = np.empty((0 if as_is else step, X.shape[1]))
    sides = np.ones((2, step))
    for i in range(0, len(y), step):
        rows: Any = X[i : i + step]
        k = len(rows)
        np.subtract(y[i : i + step], shift.target, out=sides[1, :k], dtype=np.float64)
        if not as_is:
            rows = np.subtract(rows, shift.features, out=buffer[:k], dtype=np.float64)
        if problem.weights is not None:
            root = np.sqrt(problem.weights[i : i + step], out=sides[0, :k])
            sides[1, :k] *= root
            rows *= root[:, None]
        yield rows, sides[:, :k]


def _rows_a_block(X: Array) -> int:
    p: int = max(1, X.shape[1])
    return max(min(BLOCK_BYTES // (8 * p), MOST_ROWS), 2 * p)


def _first_shift(problem: Problem) -> Shift:
    """The means of the first rows; zeros for the features where not shifting loses no digits."""
    first = problem.X[:FIRST_ROWS].astype(np.float64, copy=False)
    mean = first.mean(axis=0)
    variance = np.einsum("ij,ij->j", first, first) / len(first) - mean * mean
    needed = not bool((mean * mean <= MEAN_TO_DEVIATION * variance).all())
    return Shift(mean if needed else np.zeros_like(mean), float(problem.y[:FIRST_ROWS].mean(dtype=np.float64)))


def _sums(problem: Problem, shift: Shift) -> Sums:
    return _total(each_part(problem, lambda part: _total(_block_sums(part, shift))))


def _block_sums(problem: Problem, shift: Shift) -> Iterator[Sums]:
    for rows, sides in shifted_blocks(problem, shift):
        target = np.array([(sides[0] * sides[1]).sum(), sides[1] @ sides[1]])
        yield Sums(rows.T @ rows, sides @ rows, target)


def _total(each: Iterable[Sums]) -> Sums:
    """The sum, in a binary tree."""
    tree: list[tuple[int, Sums]] = []
    for leaf in each:
        node, height = leaf, 0
        while tree and tree[-1][0] == height:
            node, height = tree.pop()[1].absorb(node), height + 1
        tree.append((height, node))
    total = tree.pop()[1]
    while tree:
        total = total.absorb(tree.pop()[1])
    return total


def _about_zero(problem: Problem) -> Centred:
    zeros = np.zeros(problem.X.shape[1])
    G, cross, target = _sums(problem, Shift(zeros, 0.0))
    return Centred(G, cross[1], float(target[1]), Shift(zeros, 0.0), zeros, 0.0, 0.0)


def _about_means(problem: Problem, shift: Shift) -> Centred:
    n = total(problem).hi
    G, (sums, c), (target_sum, target_square) = _sums(problem, shift)
    mean, target_mean = sums / n, target_sum / n
    G = G - np.outer(mean, sums)
    square = target_square - target_mean * target_sum
    variance = np.append(np.diag(G), square) / n
    means = np.append(mean, target_mean)
    # where a variance is 0, or negative by rounding, the loss is infinite
    loss = np.divide(means * means, variance, out=np.full_like(means, np.inf), where=variance > 0)
    return Centred(G, c - mean * target_sum, float(square), shift, mean, float(target_mean), float(loss.max()))
