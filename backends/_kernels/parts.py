"""A pass over the rows of a large problem, part by part, so that threads can share it; what they found, put together.

Threads take their turns at the parts by one counter: a thread that is held up holds no other up. What is found of a
part has a place of its own, and is added up in the parts' order, so that any number of threads gives the same bits.
Reference: `backends._kernels.least_squares.least_squares`, which makes each pass over all rows at once.
"""

from typing import NamedTuple

from backends._kernels.language import Pointer, at, next_turn, strict
from backends._kernels.least_squares import REFINED_GRADIENT, absorb, advance, pass_over, reach
from backends._kernels.space import Rows, Space, divided
from backends._kernels.stretches import FARTHEST, stretch_gradient, stretch_moments


class Found(NamedTuple):
    """What is found of each part, ``size`` numbers from the next one's; of these a pass finds first to last."""

    numbers: Pointer
    size: int
    first: int
    last: int


class Own(NamedTuple):
    """A thread's own work space, and that for stretches of rows where there is one."""

    work: Pointer
    stretched: int
    stretches: Pointer


@strict
def pass_in_turn(
    data: Rows, length: int, problem: Space, stage: int, own: Own, answer: Pointer, turn: Pointer, found: Found
) -> int:
    """`pass_part` of parts of so many rows while any are left, between the turns of other threads; how many it were."""
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
def pass_part(data: Rows, part: Rows, problem: Space, stage: int, own: Own, answer: Pointer) -> None:
    """`pass_over` some rows of a problem, which are shifted as all are; by stretches where there is space for them."""
    space = divided(own.work, data.p)
    if own.stretched and stage != REFINED_GRADIENT:
        stretch_moments(part, problem.shift, own.stretches, space)
    elif own.stretched and reach(data, problem) <= FARTHEST:
        stretch_gradient(part, problem, data.n, answer, own.stretches, space)
    else:
        for j in range(data.p + 1):
            space.shift[j] = problem.shift[j]
        pass_over(part, space, stage, answer, 0)


@strict
def put_together(
    data: Rows, elements: int, space: Space, stage: int, answer: Pointer, parts: int, numbers: Pointer, size: int
) -> int:
    """`absorb` what each of the parts found in a stage, ``size`` numbers from the next one's, and `advance`."""
    for i in range(parts):
        absorb(data, space, stage, divided(at(numbers, i * size), data.p), i == 0, i == parts - 1)
    following: int = advance(data, elements, space, stage, answer)
    return following
