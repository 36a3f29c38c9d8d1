"""A stack of problems tied to its kernel; see `backends._kernels.bound`."""

from __future__ import annotations

from ctypes import addressof, c_double, c_int64, c_void_p
from typing import TYPE_CHECKING

import numpy as np

from backends._kernels.bound import MOST_FEATURES, REFINED_ELEMENTS, work_size
from backends._kernels.pointers import address, aligned
from backends.base import Fits, ProblemStack

if TYPE_CHECKING:
    from backends._kernels.machine_code import MachineCode

KERNEL = "solve_ranges", *(c_void_p,) * 3, *(c_int64,) * 3, c_double, c_int64, *(c_void_p,) * 3


class BoundStack:
    """A stack and the kernel that solves it. Not to be solved by two threads at once: they would share work space.

    Attributes
    ----------
    stack : ProblemStack
    versions : str
        Of the compilers that made the kernel.
    declined : ndarray of int64
        The problems that the kernel declined when it was last called: their fits hold nothing.
    """

    def __init__(self, stack: ProblemStack, code: MachineCode) -> None:
        count, p = len(stack), stack.X.shape[1]
        self.stack, self.versions = stack, code.versions
        self.declined = np.empty(0, dtype=np.int64)
        self._answers, self._found = np.empty((count, 2 * (p + 1))), np.zeros(count, np.int64)
        self._held = aligned(work_size(p)), np.ascontiguousarray(stack.ranges, dtype=np.int64)
        self._many = c_int64()
        self._kernel = code.function(*KERNEL)
        X, y, ranges, work, answers, found = (
            address(each) for each in (stack.X, stack.y, self._held[1], self._held[0], self._answers, self._found)
        )
        # as of one problem of so many values: where they are many, time is dear, and a plain correction is taken
        # wherever it is predicted to leave an error in the last two bits at most
        elements = REFINED_ELEMENTS if stack.lengths.sum() * p <= REFINED_ELEMENTS else 0
        self._arguments = (
            c_void_p(addressof(self._many)), None, X, y, ranges, c_int64(count), c_int64(p),
            c_int64(stack.intercept), c_double(stack.l2), c_int64(elements), work, answers, found,
        )  # fmt: skip

    def solve(self) -> Fits:
        """The fits, but for those `declined`."""
        self._kernel(*self._arguments)
        p, count = self.stack.X.shape[1], len(self.stack)
        self.declined = np.flatnonzero(self._found == 0) if self._many.value else self._found[:0]
        return Fits(
            self._answers[:, :p].copy(),
            self._answers[:, p].copy(),
            np.ones(count, dtype=np.bool_),
            None,
            np.full(count, self.stack.n_parameters),
        )


def bind_stack(stack: ProblemStack) -> BoundStack | None:
    """Tie a stack to its kernel; None where there is none for it, or none at all."""
    plain = all(each.dtype == np.float64 and each.flags.c_contiguous for each in (stack.X, stack.y))
    if not (plain and 0 < stack.X.shape[1] <= MOST_FEATURES and (stack.l2 == 0.0 or 1e-100 < stack.l2 < 1e100)):
        return None
    from backends._kernels.machine_code import machine_code  # as `backends._kernels.bound.bind`

    code = machine_code()
    return BoundStack(stack, code) if code else None
