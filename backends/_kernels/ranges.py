"""Many small problems over the rows of one table: groups of any sizes, windows that share rows.

Each is solved as `backends._kernels.least_squares` solves one, from the rows themselves: nothing is carried from a
problem to the next, so that nothing drifts. The rows of a problem of some kilobytes stay in the first-level cache from
the pass for its moments to the pass for its correction, so that memory is read once.

Reference: a loop over `backends.scratch_ols.auto`.
"""

from backends._kernels.language import Pointer, at, strict
from backends._kernels.least_squares import DECLINED, least_squares
from backends._kernels.space import Rows, Space


@strict
def solve_each(data: Rows, ranges: Pointer, elements: int, space: Space, answers: Pointer, found: Pointer) -> int:
    """Solve the problem of each range of rows.

    Parameters
    ----------
    data : Rows
        The table; its ``n`` is how many problems there are.
    ranges : of 2 n integers
        The first row of each, and one beyond its last.
    elements : int
        As `backends._kernels.least_squares.least_squares` has it.
    space : Space
    answers : of 2 n (p + 1)
    found : of n integers
        What `least_squares` gives of each; a problem without a row more than features is declined.
    """
    p, declined = data.p, 0
    for i in range(data.n):
        start = ranges[2 * i]
        rows = ranges[2 * i + 1] - start
        found[i] = DECLINED
        if rows > p:
            one = Rows(at(data.X, start * p), at(data.y, start), rows, p, data.intercept, data.l2)
            found[i] = least_squares(one, elements, space, at(answers, 2 * i * (p + 1)))
        declined += found[i] == DECLINED
    return declined
