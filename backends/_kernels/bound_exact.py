"""A problem tied to the kernel that rounds its exact answer."""

from __future__ import annotations

from ctypes import addressof, c_double, c_int64, c_void_p
from typing import TYPE_CHECKING

import numpy as np

from backends._kernels.bound import LANES, suits
from backends._kernels.pointers import address, aligned
from backends.base import Fit, Problem

if TYPE_CHECKING:
    from backends._kernels.machine_code import MachineCode

COMPONENTS, LEVELS, MOST_SLICES = 8, 3, 8
"""As in `backends._kernels.exact_space`."""

KERNEL = "exact_answer", *(c_void_p,) * 2, *(c_int64,) * 3, c_double, *(c_void_p,) * 2


class BoundExact:
    """A problem and the kernel that solves it. Not to be solved by two threads at once: they would share work space.

    Attributes
    ----------
    problem : Problem
    versions : str
        Of the compilers that made the kernel.
    """

    def __init__(self, problem: Problem, code: MachineCode) -> None:
        n, p = problem.X.shape
        self.problem, self.versions = problem, code.versions
        self._rank = p + problem.intercept
        self._answer, self._work, self._found = np.empty(p + 1), aligned(work_size(p)), c_int64()
        self._kernel = code.function(*KERNEL)
        self._arguments = (
            c_void_p(addressof(self._found)), None, address(problem.X), address(problem.y),
            c_int64(n), c_int64(p), c_int64(problem.intercept), c_double(problem.l2),
            address(self._work), address(self._answer),
        )  # fmt: skip

    def solve(self) -> Fit | None:
        """The correctly rounded fit; None where the kernel cannot prove that it is."""
        self._kernel(*self._arguments)
        if not self._found.value:
            return None
        answer = self._answer
        return Fit(answer[:-1].copy(), float(answer[-1]), True, None, self._rank)


def bind_exact(problem: Problem) -> BoundExact | None:
    """Tie a problem to its kernel; None where there is none for it, or none at all."""
    from backends._kernels.machine_code import machine_code  # as in `backends._kernels.bound.bind`

    code = machine_code("exact") if suits(problem.X, problem.y, problem.l2) else None
    return BoundExact(problem, code) if code else None


def work_size(p: int) -> int:
    """Numbers of work space that `backends._kernels.exact_space.divided_exactly` divides."""
    m, terms = p + 1, 4 * MOST_SLICES
    square = COMPONENTS + 1 + 3 + terms
    return m * m * square + m * (1 + COMPONENTS + LEVELS + 8) + terms + (m * MOST_SLICES + 1) * LANES
