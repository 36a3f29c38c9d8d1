"""The divided work space of the exact solver; `backends._kernels.exact` explains the parts."""

from typing import NamedTuple

from backends._kernels.language import Pointer, at, strict

COMPONENTS = 8
"""Numbers whose sum is an element of the Gram matrix, exactly."""
LEVELS = 3
"""Numbers whose sum is one unknown."""
MOST_SLICES = 8
TERMS = 4 * MOST_SLICES
"""Terms of an element before distillation: two for each order, and two for the penalty."""


class ExactSpace(NamedTuple):
    """Work space for p features and m unknowns, m = p + 1.

    Attributes
    ----------
    scale : of m
        Powers of two that bring each column, and the target, to a largest element in (1/2, 1].
    G : of (COMPONENTS + 1) * m * m
        The Gram matrix as planes of components; the last is for what the first two leave out.
    c : of COMPONENTS * m
        Its right-hand side, in the same way.
    z : of LEVELS * m
        The solution, as planes.
    L, rest, W : of m * m each
        The Cholesky factor, its low-order part beyond float64, and its inverse.
    row : of 8 m
        Rows of intermediate numbers.
    sums : of m * m * TERMS
        For each pair of columns, the sums of their slices' products, and the low-order parts of these.
    terms : of TERMS
    T : of (m * MOST_SLICES + 1) * LANES
        The slices of a block of rows, and the remainder of a column.
    """

    scale: Pointer
    G: Pointer
    c: Pointer
    z: Pointer
    L: Pointer
    rest: Pointer
    W: Pointer
    row: Pointer
    sums: Pointer
    terms: Pointer
    T: Pointer


@strict
def divided_exactly(work: Pointer, p: int) -> ExactSpace:
    """The parts of ``work``, which is of `backends._kernels.bound_exact.work_size` (p)."""
    m = p + 1
    G = at(work, m)
    c = at(G, (COMPONENTS + 1) * m * m)
    z = at(c, COMPONENTS * m)
    L = at(z, LEVELS * m)
    row = at(L, 3 * m * m)
    sums = at(row, 8 * m)
    terms = at(sums, m * m * TERMS)
    return ExactSpace(
        work, G, c, z, L, at(L, m * m), at(L, 2 * m * m), row, sums, terms, at(terms, TERMS)
    )  # fmt: skip
