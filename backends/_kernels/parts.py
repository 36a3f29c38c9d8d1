"""A pass over the rows of a large problem, part by part, so that threads can share it; and the sum of the results.

Threads take parts by a shared counter, so that a delayed thread delays no other. Each part's results have their own
place, and are summed in the order of the parts, so that any number of threads gives the same bits.
Reference: `backends._kernels.least_squares.least_squares`, which makes each pass over all rows at once.
"""

from typing import NamedTuple

from backends._kernels.language import Pointer, at, next_turn, strict
from backends._kernels.least_squares import REFINED_GRADIENT, absorb, advance, offset_ratio, pass_over
from backends._kernels.space import Rows, Space, divided
from backends._kernels.stretches import FARTHEST, stretch_gradient, stretch_moments


class PartResults(NamedTuple):
    """The results of the parts, ``size`` numbers each; a pass fills the numbers from ``first`` to ``last``."""

    numbers: Pointer
    size: int
    first: int
    last: int


class ThreadSpace(NamedTuple):
    """A thread's work space, and its work space for stretches if ``stretched``."""

    work: Pointer
    stretched: int
    stretches: Pointer


@strict
def pass_parts_shared(
    data: Rows, length: int, problem: Space, stage: int, own: ThreadSpace, answer: Pointer, turn: Pointer,
    found: PartResults,
) -> int:  # fmt: skip
    """`pass_part` on parts of ``length`` rows while there are any, shared with other threads; returns how many."""
    passed, i = 0, next_turn(turn)
    while i * length < data.n:
        start = i * length
        rows = min(length, data.n - start)
        part = Rows(at(data.X, start * data.p), at(data.y, start), rows, data.p, 0, 0.0)
        pass_part(data, part, problem, stage, own, answer)
        for k in range(found.first, found.last):
            found.numbers[i * found.size + k] = own.work[k]
        passed, i = passed + 1, next_turn(turn)
    return passed


@strict
def pass_part(data: Rows, part: Rows, problem: Space, stage: int, own: ThreadSpace, answer: Pointer) -> None:
    """`pass_over` some rows of a problem, with the problem's shift; by stretches if there is space for them."""
    space = divided(own.work, data.p)
    if own.stretched and stage != REFINED_GRADIENT:
        stretch_moments(part, problem.shift, own.stretches, space)
    elif own.stretched and offset_ratio(data, problem) <= FARTHEST:
        stretch_gradient(part, problem, data.n, answer, own.stretches, space)
    else:
        for j in range(data.p + 1):
            space.shift[j] = problem.shift[j]
        pass_over(part, space, stage, answer, 0)


@strict
def combine_parts(
    data: Rows, elements: int, space: Space, stage: int, answer: Pointer, parts: int, numbers: Pointer, size: int
) -> int:
    """`absorb` the results of all parts in a stage, ``size`` numbers each, and `advance`."""
    for i in range(parts):
        absorb(data, space, stage, divided(at(numbers, i * size), data.p), i == 0, i == parts - 1)
    following: int = advance(data, elements, space, stage, answer)
    return following
