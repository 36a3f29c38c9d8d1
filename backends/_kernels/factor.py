"""Cholesky factor of the equilibrated Gram matrix, its inverse, and the collinearity of the columns.

``W = L⁻¹`` with ``L Lᵀ = D G D``, D scaling the diagonal to ones. ``(D G D)⁻¹ = Wᵀ W``, so that a solution takes two
products with a triangle, and the diagonal of the inverse (the variance inflation factors) is a sum of squares.
Reference: `backends._gram.System`. 2 p³/3 flops for both; 2 p² per solution.

References
----------
N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., SIAM 2002, algorithm 10.2 and section 14.2.
"""

from math import sqrt

from backends._kernels.language import Pointer, at, larger, strict
from backends._kernels.moments import dot
from backends._kernels.space import Space

NARROW = 32
"""Features up to which a row is too short for the vector unit."""


@strict
def factor(space: Space, p: int, penalty: float) -> float:
    """Factor the Gram matrix of the features, ``penalty`` added to its diagonal.

    Returns
    -------
    float
        The largest variance inflation factor; infinite or NaN where G is not numerically positive
        definite.
    """
    G, scale, L, m = space.G, space.scale, space.L, p + 1
    for j in range(p):
        scale[j] = 1.0 / sqrt(G[j * m + j] + penalty)
    for i in range(p):
        for j in range(i + 1):
            s = 1.0 if i == j else G[j * m + i] * scale[i] * scale[j]
            if p > NARROW:
                s -= dot(at(L, i * p), at(L, j * p), j)
            else:
                for k in range(j):
                    s -= L[i * p + k] * L[j * p + k]
            L[i * p + j] = sqrt(s) if i == j else s / L[j * p + j]
    worst: float = invert(L, space.W, p)
    return worst


@strict
def invert(L: Pointer, W: Pointer, p: int) -> float:
    """``W = L⁻¹``; returns the largest diagonal element of ``Wᵀ W``."""
    for i in range(p):
        reciprocal, row = 1.0 / L[i * p + i], at(W, i * p)
        if p > NARROW:
            for j in range(i):
                row[j] = 0.0
            for k in range(i):
                subtract(row, L[i * p + k], at(W, k * p), k + 1)
            for j in range(i):
                row[j] *= reciprocal
        else:
            for j in range(i):
                s = 0.0
                for k in range(j, i):
                    s -= L[i * p + k] * W[k * p + j]
                row[j] = s * reciprocal
        row[i] = reciprocal
    worst = 0.0
    for j in range(p):
        square = 0.0
        for i in range(j, p):
            square += W[i * p + j] * W[i * p + j]
        worst = larger(worst, square)
    return worst


@strict
def subtract(row: Pointer, factor: float, other: Pointer, count: int) -> None:
    """Subtract ``factor`` times another row from a row."""
    for j in range(count):
        row[j] -= factor * other[j]


@strict
def solve(space: Space, p: int, c: Pointer, x: Pointer) -> None:
    """``x = D Wᵀ W D c``; uses ``half``."""
    W, scale, half = space.W, space.scale, space.half
    for i in range(p):
        s = 0.0
        for j in range(i + 1):
            s += W[i * p + j] * (scale[j] * c[j])
        half[i] = s
    for j in range(p):
        s = 0.0
        for i in range(j, p):
            s += W[i * p + j] * half[i]
        x[j] = s * scale[j]
