"""A problem bound to the kernel that rounds its exact answer."""

from __future__ import annotations

from ctypes import addressof, c_double, c_int64, c_void_p

import numpy as np

from backends._kernels import machine_code
from backends._kernels.bound import LANES, suits
from backends._kernels.machine_code import MachineCode
from backends._kernels.pointers import address, aligned
from backends.base import Fit, Problem

COMPONENTS, LEVELS, MOST_SLICES = 8, 3, 8
"""As in `backends._kernels.exact_space`."""

KERNEL = "exact_answer", *(c_void_p,) * 2, *(c_int64,) * 3, c_double, *(c_void_p,) * 2


class BoundExact:
    """A problem and the kernel that solves it. Not thread-safe: calls share the work space.

    Attributes
    ----------
    problem : Problem
    versions : str
        Versions of the compilers that made the kernel.
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
        """The correctly rounded fit; None where the kernel cannot prove it."""
        self._kernel(*self._arguments)
        if not self._found.value:
            return None
        answer = self._answer
        return Fit(answer[:-1].copy(), float(answer[-1]), True, None, self._rank)


def bind_exact(problem: Problem) -> BoundExact | None:
    """Bind a problem to its kernel; None where no kernel suits it, or there are none."""
    code = machine_code.load("exact") if suits(problem.X, problem.y, problem.l2) else None
    return BoundExact(problem, code) if code else None


def work_size(p: int) -> int:
    """Numbers in the work space that `backends._kernels.exact_space.divided_exactly` divides."""
    m, terms = p + 1, 4 * MOST_SLICES
    square = COMPONENTS + 1 + 3 + terms
    return m * m * square + m * (1 + COMPONENTS + LEVELS + 8) + terms + (m * MOST_SLICES + 1) * LANES
