"""Least squares to the last digit: Householder QR, then refinement of the augmented system in twice the precision.

The solution x and its residual r solve (Björck 1967) ::

    [ I   A ] [ r ]   [ b ]
    [ Aᵀ  0 ] [ x ] = [ 0 ]

Björck refines both unknowns with residuals ``f = b - r - A x`` and ``g = -Aᵀ r`` in twice the working precision and
corrections from the QR factors of A. Here x is itself held in twice the precision (as in Demmel et al. 2009) and r is
formed from it, ``r = b - A x``, in twice the precision, so that f vanishes at every step; what is left of the
correction is ``RᵀR δx = Aᵀ r``. That needs R alone, no Q: one pass over the rows per step, and memory for one block.

R comes from Householder QR, so it is the exact factor of some ``A + E`` with columns of E of order eps. Therefore
``RᵀR = (A+E)ᵀ(A+E)``, and the iteration matrix ``I - (RᵀR)⁻¹AᵀA`` is of order ``eps * κ``, not ``eps * κ**2`` as with
the Cholesky factor of a rounded Gram matrix (κ the condition number of A after column scaling). While ``eps * κ`` is
below 1 each step gains ``-log10(eps * κ)`` digits, down to a limit of order ``eps**2 * κ**2 * |r|``.

References
----------
Å. Björck, "Iterative refinement of linear least squares solutions I", BIT 7 (1967) 257-278.
Å. Björck, "Stability analysis of the method of seminormal equations", Linear Algebra Appl. 88/89 (1987) 31-48.
J. Demmel, Y. Hida, E. J. Riedy, X. S. Li, "Extra-precise iterative refinement for overdetermined least squares
problems", ACM Trans. Math. Softw. 35 (2009) 28.
J. Demmel, L. Grigori, M. Hoemmen, J. Langou, "Communication-optimal parallel and sequential QR and LU
factorizations", SIAM J. Sci. Comput. 34 (2012) A206-A239 (QR of the rows a block at a time).
"""

import itertools
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backends._double_double import Pair, add, gradient, multiply, residual

Float64 = NDArray[np.float64]
Blocks = Callable[[int], Iterable[tuple[Float64 | Pair, Pair, Float64 | None]]]
"""Yields the rows ``(A, b, w)`` in blocks of about that many elements of A; w are their weights, or None."""

FACTOR_BLOCK = 1 << 17
"""Elements of A factored at a time: 1 MiB, or four rows per column where that is more."""
PAIR_BLOCK = 1 << 14
"""Elements of A per block when a residual is formed; some ten temporaries of this size should fit a cache."""
ROUNDED = 2.0**-58
"""A correction this much smaller than its coefficient does not change how the coefficient rounds."""
FLOOR = 2.0**-96
"""A correction this much smaller than the largest coefficient is the rounding error of twice the precision."""

REGULAR = 2.0**-40
"""R can be trusted where each column is farther than this from the span of the others, relative to its length."""


class Refined(NamedTuple):
    """The result of a refinement."""

    x: Pair
    """The solution, of shape (m,)."""
    residual_norm: float
    """``|b - A x|``, weighted where rows are."""
    last_step: Float64
    """Of shape (m,). The last correction: an estimate of the error left in x."""
    converged: bool
    """Whether the last correction does not change how a coefficient rounds."""


def back_substitution(R: Float64, b: Float64) -> Float64:
    """Solve ``R x = b``, R upper triangular."""
    # LU with partial pivoting neither swaps nor eliminates anything in an upper triangle: what is left is this
    return np.asarray(np.linalg.solve(R, b), dtype=np.float64)


def forward_substitution(R: Float64, b: Float64) -> Float64:
    """Solve ``Rᵀ x = b``, R upper triangular: a back substitution once rows and columns are reversed."""
    return back_substitution(R.T[::-1, ::-1], b[::-1])[::-1]


def triangular_factor(A: Float64) -> Float64:
    """The R of a Householder QR, of shape (min(n, m), m)."""
    return np.asarray(np.linalg.qr(A, mode="r"), dtype=np.float64)


def tall_skinny_r(blocks: Iterable[Float64], m: int) -> Float64:
    """The R of a Householder QR of all rows, of shape (min(n, m), m), from one block of rows at a time."""
    R = np.empty((0, m))
    for A in blocks:
        R = triangular_factor(np.vstack([R, A]))
    return R


def is_regular(R: Float64) -> bool:
    """Whether every column is farther from the span of the others than the rounding of a QR could hide."""
    if R.shape[0] < R.shape[1] or not np.diag(R).all():
        return False
    # row j of the inverse of R is 1 / (distance of column j from the others) long
    inverse = np.linalg.inv(R / np.linalg.norm(R, axis=0))
    return bool((np.linalg.norm(inverse, axis=1) < 1 / REGULAR).all())


def refine(blocks: Blocks, R: Float64, rounded: float = ROUNDED) -> Refined:
    """Minimise ``|A x - b|`` given the factor R of A, whose diagonal must hold no zero.

    With weights w it is ``|W^(1/2) (A x - b)|``, and R the factor of ``W^(1/2) A``: a root may be rounded there, while
    the gradient ``Aᵀ W r`` is formed with the weights themselves.

    Parameters
    ----------
    blocks : callable
        The rows; called once per step.
    R : ndarray of shape (m, m)
        Upper triangular.
    rounded : float
        The iteration ends when each correction, relative to its coefficient, is at most this; with 0 it continues as
        long as each correction is at most half the one before.
    """
    x = Pair.of(np.zeros(len(R)))
    before = np.inf
    for count in itertools.count():
        g, norm = _pass(blocks, x)
        step = back_substitution(R, forward_substitution(R, g))
        x = add(x, Pair.of(step))
        size, values = np.abs(step), np.abs(x.hi)
        now, floor = float(size.max(initial=0.0)), FLOOR * values.max(initial=0.0)
        # the first step may err by eps * κ**2 and the second put that right; "not at most" is also true of NaN
        stuck = count >= 2 and not now <= before / 2
        if stuck or (size <= np.maximum(rounded * values, floor)).all():
            settled = bool((size <= np.maximum(ROUNDED * values, floor)).all())
            return Refined(x, norm, step, settled)
        before = now
    raise AssertionError  # for the type checker: counting does not end


def _pass(blocks: Blocks, x: Pair) -> tuple[Float64, float]:
    """``Aᵀ W (b - A x)`` in twice the working precision, and ``|W^(1/2) (b - A x)|``."""
    g, squares = Pair.of(np.zeros(len(x.hi))), 0.0
    for A, b, w in blocks(PAIR_BLOCK):
        r = residual(b, A, x)
        weighted = r if w is None else multiply(Pair.of(w), r)
        g = add(g, gradient(A, weighted))
        squares += float(r.hi @ weighted.hi)
    return g.hi, float(np.sqrt(squares))
