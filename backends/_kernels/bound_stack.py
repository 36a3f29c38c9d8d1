"""A stack of problems bound to its kernel; see `backends._kernels.bound`."""

from __future__ import annotations

from ctypes import addressof, c_double, c_int64, c_void_p

import numpy as np
from numpy.typing import NDArray

from backends._kernels import machine_code
from backends._kernels.bound import MOST_FEATURES, REFINED_ELEMENTS, work_size
from backends._kernels.machine_code import MachineCode
from backends._kernels.pointers import address, aligned, is_plain
from backends.base import Fits, ProblemStack

KERNEL = "solve_ranges", *(c_void_p,) * 3, *(c_int64,) * 3, c_double, c_int64, *(c_void_p,) * 4

REGISTER = 8
"""Most problems solved at a time: the numbers in a register of the widest processor."""
NUMBERS, ROWS, BEYOND = 4096, 32, 4
"""As in `backends._kernels.abreast`."""


class BoundStack:
    """A stack and the kernel that solves it. Not thread-safe: calls share the work space.

    Attributes
    ----------
    stack : ProblemStack
    versions : str
        Versions of the compilers that made the kernel.
    declined : ndarray of int64
        The problems that the kernel declined in its last call; their fits are not valid.
    """

    def __init__(self, stack: ProblemStack, code: MachineCode) -> None:
        count, p = len(stack), stack.X.shape[1]
        self.stack, self.versions = stack, code.versions
        self.declined = np.empty(0, dtype=np.int64)
        self._answers, self._found = np.empty((count, 2 * (p + 1))), np.zeros(count, np.int64)
        self._places = _places(stack.lengths)
        self._held = _sorted_ranges(stack, self._places), aligned(work_size(p)), aligned(abreast_size(p))
        for space in self._held[1:]:
            space.fill(0.0)
        self._many = c_int64()
        self._kernel = code.function(*KERNEL)
        X, y, ranges, work, abreast, answers, found = (
            address(each) for each in (stack.X, stack.y, *self._held, self._answers, self._found)
        )
        # as for one problem of that many values: in a large stack a plain correction is made wherever its error is
        # predicted to be in the last two bits
        elements = REFINED_ELEMENTS if stack.lengths.sum() * p <= REFINED_ELEMENTS else 0
        self._arguments = (
            c_void_p(addressof(self._many)), None, X, y, ranges, c_int64(count), c_int64(p),
            c_int64(stack.intercept), c_double(stack.l2), c_int64(elements), work, abreast, answers, found,
        )  # fmt: skip

    def solve(self) -> Fits:
        """The fits; those of `declined` problems are not valid."""
        self._kernel(*self._arguments)
        p, count = self.stack.X.shape[1], len(self.stack)
        found, answers = self._found, self._answers[:, : p + 1]
        if self._places is not None:
            found, answers = found[self._places], answers[self._places]
        self.declined = np.flatnonzero(found == 0) if self._many.value else found[:0]
        return Fits(
            answers[:, :p].copy(),
            answers[:, p].copy(),
            np.ones(count, dtype=np.bool_),
            None,
            np.full(count, self.stack.n_parameters),
        )


def abreast_size(p: int) -> int:
    """Numbers in the work space that `backends._kernels.abreast.solve_abreast` divides."""
    m = p + 1
    return REGISTER * (1 + 10 * m + 4 * m * m + 4 + (m + 3) * (m + 7) + ROWS * m + BEYOND + NUMBERS)


def _places(lengths: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The position of each problem after sorting by length; None where all lengths are equal.

    Problems solved abreast take as long as the longest of them, so similar lengths belong together.
    """
    if (lengths == lengths[0]).all():
        return None
    places = np.empty(len(lengths), np.int64)
    places[np.argsort(lengths, kind="stable")] = np.arange(len(lengths))
    return places


def _sorted_ranges(stack: ProblemStack, places: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """The ranges in sorted order, padded with zeros to whole registers and one register more."""
    count = len(stack)
    ranges = np.zeros((-(-count // REGISTER) * REGISTER + REGISTER, 2), np.int64)
    ranges[slice(count) if places is None else places] = stack.ranges
    return ranges


def bind_stack(stack: ProblemStack) -> BoundStack | None:
    """Bind a stack to its kernel; None where no kernel suits it, or there are none."""
    suited = 0 < stack.X.shape[1] <= MOST_FEATURES and (stack.l2 == 0.0 or 1e-100 < stack.l2 < 1e100)
    code = machine_code.load("many") if suited and is_plain(stack.X, stack.y) else None
    return BoundStack(stack, code) if code else None
