"""Many small problems over the rows of one table: groups of any sizes, or windows that share rows.

Each is solved from its own rows: nothing is carried over from problem to problem, so that nothing drifts. Small ones
are solved abreast (`backends._kernels.abreast`), the others one by one (`backends._kernels.least_squares`). The rows of
a problem stay in the cache from the first pass to the last, so that memory is read once, and the rows of the next
problems are prefetched.

Reference: a loop over `backends.scratch_ols.auto`.
"""

from backends._kernels.abreast import solve_abreast
from backends._kernels.language import CACHE_LINE, WIDTH, Pointer, at, prefetch, strict
from backends._kernels.least_squares import DECLINED, REFINED, least_squares
from backends._kernels.space import Rows, Space

MOST_PREFETCHED = 1024
"""Numbers of the next problem to prefetch: 8 KiB, which leave room for the current one."""


@strict
def prefetch_rows(data: Rows, start: int, rows: int) -> None:
    """Prefetch rows while another problem is solved."""
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
        The table; its ``n`` is the number of problems.
    ranges : of 2 n integers
        The first row of each, and one beyond its last; then zeros, up to twice the number solved abreast.
    elements : int
        As in `backends._kernels.least_squares.least_squares`.
    space : Space
    abreast
        Work space of `backends._kernels.abreast.solve_abreast`.
    answers : of 2 n (p + 1)
    found : of n integers
        The result of `least_squares` for each; a problem with no more rows than features is declined.
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
            prefetch_rows(
                data, ranges[2 * i + 2], min(ranges[2 * i + 3] - ranges[2 * i + 2], MOST_PREFETCHED // (p + 1))
            )
        if rows > p:
            one = Rows(at(data.X, start * p), at(data.y, start), rows, p, data.intercept, data.l2)
            found[i] = least_squares(one, elements, space, at(answers, 2 * i * (p + 1)))
        declined += found[i] == DECLINED
    return declined
