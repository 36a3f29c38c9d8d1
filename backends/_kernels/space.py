"""Shared by the kernels: the rows of a problem, and the divided work space."""

from typing import NamedTuple

from backends._kernels.double_double import LANES
from backends._kernels.language import Pointer, at, strict


class Rows(NamedTuple):
    """A problem: X of n * p, y of n, intercept 0 or 1."""

    X: Pointer
    y: Pointer
    n: int
    p: int
    intercept: int
    l2: float


class Space(NamedTuple):
    """Work space for p features, m = p + 1.

    Attributes
    ----------
    shift : of m
        What is subtracted from each row and its target.
    mean : of 2 m
        Sums, then means after the shift; the second half holds the errors of the sums.
    G : of 2 m m
        Products of the columns, the target last; the second half holds their errors.
    scale, half, step : of m each
        Factors of the equilibration; an intermediate of `solve`; a correction.
    g : of 2 m
        A gradient, and its low-order parts beyond float64.
    L, W : of m m each
        The Cholesky factor and its inverse.
    T : of (m + 2) * LANES
        A block of rows as columns, the target, and its low-order part.
    lanes : of 2 m * LANES
        Chains of sums.
    state : of 3
        State of a refinement: the error factor of a correction, the size of the last one, their number.
    """

    shift: Pointer
    mean: Pointer
    G: Pointer
    scale: Pointer
    half: Pointer
    step: Pointer
    g: Pointer
    L: Pointer
    W: Pointer
    T: Pointer
    lanes: Pointer
    state: Pointer


@strict
def divided(work: Pointer, p: int) -> Space:
    """The parts of ``work``, which is of `backends._kernels.bound.work_size` (p)."""
    m = p + 1
    G = at(work, 3 * m)
    scale = at(G, 2 * m * m)
    L = at(scale, 5 * m)
    T = at(L, 2 * m * m + m % 2 * 4)  # aligned to a cache line
    return Space(
        work, at(work, m), G, scale, at(scale, m), at(scale, 2 * m), at(scale, 3 * m), L, at(L, m * m), T,
        at(T, (m + 2) * LANES), at(T, (3 * m + 2) * LANES),
    )  # fmt: skip
