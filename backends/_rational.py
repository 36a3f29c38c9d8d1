"""Least squares in rational arithmetic: elimination without fractions, the rank decided exactly.

References
----------
E. H. Bareiss, "Sylvester's identity and multistep integer-preserving Gaussian elimination", Math. Comp. 22 (1968)
565-578.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from backends._integers import IntegerMoments, Integers


def rational_solution(moments: IntegerMoments, *, intercept: bool, l2: float) -> tuple[list[Fraction], Fraction, int]:
    """Coefficients of least norm (the intercept free), intercept, and rank, the intercept counted."""
    low = min(moments.exponents)
    G, c, shift = moments.penalised(l2)
    sums, total = moments.sums, moments.target_sum
    if intercept:
        G = moments.n * G - (np.multiply.outer(sums, sums) << shift)
        c = moments.n * c - (sums * total << shift)
    # one unit for all columns, so that the norm is that of the coefficients themselves
    raised = np.array([k - low for k in moments.exponents], dtype=object)
    G, c, sums = G << (raised + raised[:, None]), c << raised, sums << raised
    units, rank = _least_norm(G, c)
    mean = total - sum((s * x for s, x in zip(sums, units, strict=True)), Fraction(0))
    scale = Fraction(2) ** (moments.target_exponent - low)
    constant = mean / moments.n * Fraction(2) ** moments.target_exponent if intercept else Fraction(0)
    return [x * scale for x in units], constant, rank + intercept


def _least_norm(G: Integers, c: Integers) -> tuple[list[Fraction], int]:
    """The shortest solution of the consistent system ``G x = c``, and the rank of G.

    It lies in the range of G: ``x = V u`` with V the independent columns of G, and ``VᵀG V u = Vᵀc``.
    """
    kept, solved = _eliminated(np.column_stack([G, c]), len(G))
    if len(kept) == len(G):
        return solved, len(kept)
    V = G[:, kept]
    _, u = _eliminated(np.column_stack([V.T @ (G @ V), V.T @ c]), len(kept))
    return [sum((v * w for v, w in zip(row, u, strict=True)), Fraction(0)) for row in V], len(kept)


def _eliminated(A: Integers, width: int) -> tuple[list[int], list[Fraction]]:
    """Eliminate below and above the pivots of the first ``width`` columns: the pivots' columns, and the last column."""
    A, before = A.copy(), 1
    kept: list[int] = []
    for j in range(width):
        top = len(kept)
        below = [i for i in range(top, len(A)) if A[i, j]]
        if not below:
            continue
        A[[top, below[0]]] = A[[below[0], top]]
        pivot, row = A[top, j], A[top].copy()
        A = (pivot * A - np.multiply.outer(A[:, j], row)) // before
        A[top] = row
        before = pivot
        kept.append(j)
    return kept, [Fraction(int(A[k, -1]), int(before)) for k in range(len(kept))]
