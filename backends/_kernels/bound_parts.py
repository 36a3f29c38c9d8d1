"""A large problem bound to its kernel part by part, so that threads share the passes over its rows.

The parts are those of `backends._parts`: the same for any number of threads, and summed in the order of the rows. In a
pass, threads only read shared data; each has its own work space.
"""

from __future__ import annotations

from contextlib import ExitStack
from ctypes import addressof, c_double, c_int64, c_void_p
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends._kernels.bound import MOST_FEATURES, REFINED_ELEMENTS, BoundProblem, work_size
from backends._kernels.bound_stack import REGISTER
from backends._kernels.machine_code import MachineCode
from backends._kernels.pointers import aligned
from backends._parts import WORTH_THREADS, part_rows, threads
from backends.base import Fit, Problem

Space = tuple[NDArray[np.float64], NDArray[np.float64]]

REFINED, START, MOMENTS_AGAIN = 2, 3, 5
"""Stages as in `backends._kernels.least_squares`: the last final one, the first one, the last that finds moments."""
ROWS, AT_ONCE, HEAD, BEYOND = 32, 8, 5, 4
"""As in `backends._kernels.stretches`."""
LEAST_STRETCHED = 3
"""Features from which transposing rows into stretches pays; above `MOST_FEATURES` panels do."""
ROWS_PER_FEATURE = 8
"""Fewest rows of a part per feature, so that summing the parts' moments costs little beside finding them."""

PASS_PARTS = (
    "pass_parts", *(c_void_p,) * 2, *(c_int64,) * 2, c_void_p, *(c_int64,) * 2, c_void_p, c_int64, *(c_void_p,) * 4,
    *(c_int64,) * 3,
)  # fmt: skip
NEXT_STAGE = (
    "next_stage", *(c_void_p,) * 2, *(c_int64,) * 3, c_double, c_int64, *(c_void_p,) * 2, c_int64, c_void_p,
    *(c_int64,) * 2,
)  # fmt: skip


class BoundParts(BoundProblem):
    """A problem and the kernel that solves it, on as many threads as the environment allowed when it was bound."""

    def __init__(self, problem: Problem, code: MachineCode) -> None:
        super().__init__(problem, code)
        self._pass, self._next = code.function(*PASS_PARTS), code.function(*NEXT_STAGE)
        n, m = len(problem.y), self._p + 1
        self._length = part_rows(problem, ROWS_PER_FEATURE)
        self._count = -(-n // self._length)
        self._size = 8 * m + 2 * m * m  # what `backends._kernels.space.Space` has before the factor
        self._moments, self._gradient = (m, 3 * m + m * m), (6 * m + 2 * m * m, self._size)
        self._found = np.empty((self._count, self._size))
        self._work, self._answer = aligned(work_size(self._p)), np.empty(2 * (self._p + 1))
        self._work.fill(0.0)
        self._stage, self._turn = c_int64(), c_int64()
        several = threads() if problem.X.size >= WORTH_THREADS else 1
        self._threads = min(several, self._count)
        stretched = LEAST_STRETCHED <= self._p <= MOST_FEATURES
        # in stretches, twice the precision takes no extra time
        self._refined = problem.X.size if stretched else REFINED_ELEMENTS
        self._spaces = [
            (aligned(work_size(self._p)), aligned(stretch_size(self._p) if stretched else 0))
            for _ in range(self._threads)
        ]

    def solve(self) -> Fit | None:
        """The fit; None where the kernel declines the problem."""
        with ExitStack() as ending:
            submit: Any = None
            if self._threads > 1:
                from concurrent.futures import ThreadPoolExecutor  # as in `backends._parts.each_part`

                submit = ending.enter_context(ThreadPoolExecutor(self._threads - 1)).submit
            stage = self._advance(START, 0)
            while stage > REFINED:
                self._turn.value = 0
                others = [submit(self._pass_over, stage, space) for space in self._spaces[1:]]
                self._pass_over(stage, self._spaces[0])
                for each in others:
                    each.result()
                stage = self._advance(stage, self._count)
        if not stage:
            return None
        p = self._p
        return Fit(self._answer[:p].copy(), float(self._answer[p]), True, None, self._rank)

    def _pass_over(self, stage: int, space: Space) -> None:
        """Pass over the parts that this thread takes, in its own work space."""
        problem, (work, stretches), done = self.problem, space, c_int64()
        self._pass(
            addressof(done), None, problem.X.ctypes.data, problem.y.ctypes.data, len(problem.y), self._p,
            self._work.ctypes.data, self._length, stage, work.ctypes.data, len(stretches), stretches.ctypes.data,
            self._answer.ctypes.data, addressof(self._turn), self._found.ctypes.data, self._size,
            *(self._moments if stage <= MOMENTS_AGAIN else self._gradient),
        )  # fmt: skip

    def _advance(self, stage: int, count: int) -> int:
        problem = self.problem
        self._next(
            addressof(self._stage), None, problem.X.ctypes.data, problem.y.ctypes.data, len(problem.y), self._p,
            problem.intercept, problem.l2, self._refined, self._work.ctypes.data, self._answer.ctypes.data,
            stage, self._found.ctypes.data, count, self._size,
        )  # fmt: skip
        return self._stage.value


def stretch_size(p: int) -> int:
    """Numbers in the work space that `backends._kernels.stretches` divides."""
    m = p + 1
    return REGISTER * (HEAD + (m + 3) * (m + 8) + AT_ONCE * m + ROWS * (m + 1) + BEYOND)
