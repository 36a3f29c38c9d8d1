"""Many small problems over the rows of one table: groups of any sizes, windows that share rows.

Each is solved from its own rows: nothing is carried from a problem to the next, so that nothing drifts. Small ones are
solved abreast (`backends._kernels.abreast`), and what that leaves as `backends._kernels.least_squares` solves one. The
rows of a problem stay in the cache from the first pass over them to the last, so that memory is read once; the rows of
the next problems are fetched meanwhile.

Reference: a loop over `backends.scratch_ols.auto`.
"""

from backends._kernels.abreast import solve_abreast
from backends._kernels.language import CACHE_LINE, WIDTH, Pointer, at, prefetch, strict
from backends._kernels.least_squares import DECLINED, REFINED, least_squares
from backends._kernels.space import Rows, Space

MOST_FETCHED = 1024
"""Numbers of the next problem that are brought into the cache: 8 KiB, which leave room for the one that is solved."""


@strict
def fetch(data: Rows, start: int, rows: int) -> None:
    """Have so many rows brought into the cache while another problem is solved."""
    for j in range(0, rows * data.p, CACHE_LINE):
        prefetch(at(data.X, start * data.p + j))
    for j in range(0, rows, CACHE_LINE):
        prefetch(at(data.y, start + j))


@strict
def solve_each(
    data: Rows, ranges: Pointer, elements: int, space: Space, abreast: Pointer, answers: Pointer, found: Pointer
) -> int:
    """Solve the problem of each range of rows.

    Parameters
    ----------
    data : Rows
        The table; its ``n`` is how many problems there are.
    ranges : of 2 n integers
        The first row of each, and one beyond its last; then zeros, to twice as many as are solved abreast.
    elements : int
        As `backends._kernels.least_squares.least_squares` has it.
    space : Space
    abreast
        Work space of `backends._kernels.abreast.solve_abreast`.
    answers : of 2 n (p + 1)
    found : of n integers
        What `least_squares` gives of each; a problem without a row more than features is declined.
    """
    p, declined = data.p, 0
    for i in range(0, data.n, WIDTH):
        own, count = at(answers, 2 * i * (p + 1)), min(WIDTH, data.n - i)
        solve_abreast(data, at(ranges, 2 * i), count, abreast, own, at(found, i))
    for i in range(data.n):
        if found[i] == REFINED:
            continue
        start = ranges[2 * i]
        rows = ranges[2 * i + 1] - start
        if i + 1 < data.n:
            fetch(data, ranges[2 * i + 2], min(ranges[2 * i + 3] - ranges[2 * i + 2], MOST_FETCHED // (p + 1)))
        if rows > p:
            one = Rows(at(data.X, start * p), at(data.y, start), rows, p, data.intercept, data.l2)
            found[i] = least_squares(one, elements, space, at(answers, 2 * i * (p + 1)))
        declined += found[i] == DECLINED
    return declined
