"""Many small problems over the rows of one table: groups of any sizes, windows that share rows.

Each is solved as `backends._kernels.least_squares` solves one, from the rows themselves: nothing is carried from a
problem to the next, so that nothing drifts. The rows of a problem of some kilobytes stay in the first-level cache from
the pass for its moments to the pass for its correction, so that memory is read once; the
rows of the next problem are fetched meanwhile.

Reference: a loop over `backends.scratch_ols.auto`.
"""

from backends._kernels.language import Pointer, at, prefetch, strict
from backends._kernels.least_squares import DECLINED, least_squares
from backends._kernels.space import Rows, Space

MOST_FETCHED = 1024
"""Numbers of the next problem that are brought into the cache: 8 KiB, which leave room for the one that is solved."""
CACHE_LINE = 8
"""Numbers in a line of the cache."""


@strict
def fetch(data: Rows, start: int, rows: int) -> None:
    """Have so many rows brought into the cache while another problem is solved."""
    for j in range(0, rows * data.p, CACHE_LINE):
        prefetch(at(data.X, start * data.p + j))
    for j in range(0, rows, CACHE_LINE):
        prefetch(at(data.y, start + j))


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
        if i + 1 < data.n:
            fetch(data, ranges[2 * i + 2], min(ranges[2 * i + 3] - ranges[2 * i + 2], MOST_FETCHED // (p + 1)))
        if rows > p:
            one = Rows(at(data.X, start * p), at(data.y, start), rows, p, data.intercept, data.l2)
            found[i] = least_squares(one, elements, space, at(answers, 2 * i * (p + 1)))
        declined += found[i] == DECLINED
    return declined
