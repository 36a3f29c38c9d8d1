"""A problem bound to its kernel: pointers, work space and a place for the answer, so that solving is one call."""

from __future__ import annotations

from ctypes import addressof, c_double, c_int64, c_void_p

import numpy as np
from numpy.typing import NDArray

from backends._kernels import machine_code
from backends._kernels.machine_code import MachineCode
from backends._kernels.pointers import address, aligned, is_plain
from backends._parts import ELEMENTS
from backends.base import Array, Fit, Problem

Float64 = NDArray[np.float64]

LANES = 128
"""As in `backends._kernels.double_double`."""
MOST_FEATURES = 32
"""Features of a problem solved as a whole; with more, moments in panels pay, for problems in parts."""
WIDEST = 512
"""Features of a problem in parts. With more, the factorisation is faster in LAPACK."""
MOST_ELEMENTS = 1 << 24
"""Elements of X. With more, memory bandwidth decides the time, and the data may not fit memory."""
REFINED_ELEMENTS = 1 << 17
"""Elements of X up to which every answer is refined in twice the precision: they fit the second-level cache."""

KERNEL = "solve_stack", *(c_void_p,) * 2, *(c_int64,) * 3, c_double, *(c_int64,) * 2, *(c_void_p,) * 3


class BoundProblem:
    """A problem and the kernel that solves it. Not thread-safe: calls share the work space.

    Attributes
    ----------
    problem : Problem
    versions : str
        Versions of the compilers that made the kernel.
    """

    def __init__(self, problem: Problem, code: MachineCode) -> None:
        p = problem.X.shape[1]
        self.problem, self.versions = problem, code.versions
        self._p, self._rank = p, p + problem.intercept
        self._call = Call(code, problem.X[None], problem.y[None], problem)

    def solve(self) -> Fit | None:
        """The fit; None where the kernel declines the problem."""
        if self._call():
            return None
        p, (answer,) = self._p, self._call.answers
        return Fit(answer[:p].copy(), float(answer[p]), True, None, self._rank)


class Call:
    """The kernel's arguments, prepared once, for a stack of problems of one shape, intercept and penalty.

    Attributes
    ----------
    answers : ndarray of shape (n_problems, 2 * (n_features + 1))
        Coefficients and intercept of each, then their low-order parts beyond float64.
    found : ndarray of shape (n_problems,)
        0 where a problem was declined.
    """

    def __init__(self, code: MachineCode, X: Array, y: Array, like: Problem) -> None:
        count, n, p = X.shape
        self.answers, self.found = np.empty((count, 2 * (p + 1))), np.zeros(count, np.int64)
        self._work, self._declined = aligned(work_size(p)), c_int64()
        self._held = X, y
        self._kernel = code.function(*KERNEL)
        self._arguments = (
            c_void_p(addressof(self._declined)), None, address(X), address(y), c_int64(n), c_int64(p),
            c_int64(like.intercept), c_double(like.l2), c_int64(count), c_int64(REFINED_ELEMENTS),
            address(self._work), address(self.answers), address(self.found),
        )  # fmt: skip

    def __call__(self) -> int:
        """Solve, and return the number of problems that were declined."""
        self._kernel(*self._arguments)
        return self._declined.value


def bind(problem: Problem) -> BoundProblem | None:
    """Bind a problem to its kernel; None where no kernel suits it, or there are none."""
    large = problem.X.size > ELEMENTS
    widest = WIDEST if large else MOST_FEATURES
    suited = problem.weights is None and suits(problem.X, problem.y, problem.l2, widest)
    code = machine_code.load("direct") if suited else None
    if code and large:
        from backends._kernels.bound_parts import BoundParts

        return BoundParts(problem, code)
    return BoundProblem(problem, code) if code else None


def suits(X: Array, y: Array, l2: float, widest: int = MOST_FEATURES) -> bool:
    """Whether a kernel suits such a problem, or a stack of them."""
    n, p = X.shape[-2:]
    fits = 0 < p < n and p <= widest and X.size <= MOST_ELEMENTS
    return fits and is_plain(X, y) and (l2 == 0.0 or 1e-100 < l2 < 1e100)


def work_size(p: int) -> int:
    """Numbers in the work space that `backends._kernels.space.divided` divides."""
    m = p + 1
    return 8 * m + 4 * m * m + m % 2 * 4 + (3 * m + 2) * LANES + 3
