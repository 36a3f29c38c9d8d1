"""What kernels hand to one another: the rows of a problem, and the work space, divided."""

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
        What is taken from each row and its target.
    mean : of 2 m
        Sums, then means beyond the shift; in the second half the errors of the sums.
    G : of 2 m m
        Products of the columns, the target last; in the second half their errors.
    scale, half, step : of m each
        Of the equilibration; half a solution; a correction.
    g : of 2 m
        A gradient, and what it has beyond float64.
    L, W : of m m each
        The Cholesky factor and its inverse.
    T : of (m + 2) * LANES
        A block of rows as columns, the target and its rest.
    lanes : of 2 m * LANES
        Chains of sums.
    state : of 3
        Of a refinement: what a correction leaves of an error, the size of the last one, how many there were.
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
    T = at(L, 2 * m * m + m % 2 * 4)  # from the beginning of a cache line on
    return Space(
        work, at(work, m), G, scale, at(scale, m), at(scale, 2 * m), at(scale, 3 * m), L, at(L, m * m), T,
        at(T, (m + 2) * LANES), at(T, (3 * m + 2) * LANES),
    )  # fmt: skip
