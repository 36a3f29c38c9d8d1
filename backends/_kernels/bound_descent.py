"""Descent bound to its kernels: any number of epochs on the moments per call; one pass over the rows."""

from __future__ import annotations

from ctypes import addressof, c_double, c_int64, c_void_p
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backends._kernels import machine_code
from backends._kernels.machine_code import MachineCode
from backends._kernels.pointers import address, aligned, to_line
from backends.base import LOSS_BLOW_UP, Problem

if TYPE_CHECKING:
    from backends._descent import Moments, Rule

Float64 = NDArray[np.float64]

UPDATES = ("gradient", "heavy_ball", "nesterov", "line_search", "conjugate")
"""In the order of their codes in `backends._kernels.descent`."""
VECTORS, SCALARS = 7, 6
"""As in `backends._kernels.descent`."""

WALK = "descend_moments", *(c_void_p,) * 3, c_int64, c_double, c_int64, *(c_double,) * 4, c_int64, c_void_p
PASS = "row_sums", *(c_void_p,) * 3, *(c_int64,) * 3, *(c_void_p,) * 2


class Walk:
    """An iteration on the moments, from a start.

    Attributes
    ----------
    diverged : bool
        Whether the loss has blown up, as in `backends.base.drained`.
    """

    def __init__(self, code: MachineCode, moments: Moments, start: Float64, rule: Rule) -> None:
        m = len(start)
        self._m, self.diverged = m, False
        space, places = _packed(VECTORS * m + SCALARS, moments.H.ravel(), moments.c, moments.offset)
        self._state = space[: VECTORS * m + SCALARS]
        self._state[:m] = self._state[2 * m : 3 * m] = start
        self._state[VECTORS * m + 3] = 1.0
        self._result, self._kernel = c_int64(), code.function(*WALK)
        self._held, (self._place, H, c, offset) = space, places
        self._arguments = (
            c_void_p(addressof(self._result)), None, H, c, offset,
            c_int64(m), c_double(moments.v), c_int64(UPDATES.index(rule.update)), c_double(rule.rate),
            c_double(rule.momentum), c_double(rule.tolerance_over(m)), c_double(LOSS_BLOW_UP),
        )  # fmt: skip

    def advance(self, epochs: int) -> None:
        """Make at most ``epochs`` further epochs: fewer if it converges or diverges."""
        self._kernel(*self._arguments, c_int64(epochs), self._place)
        self.diverged = bool(self._result.value)

    @property
    def theta(self) -> Float64:
        """Coefficients and intercept; a view, overwritten by the next epochs."""
        return self._state[: self._m]

    @property
    def loss(self) -> float:
        """The objective before the last update."""
        return float(self._state[VECTORS * self._m])

    @property
    def converged(self) -> bool:
        """Whether the stopping rule was met."""
        return bool(self._state[VECTORS * self._m + 1])

    @property
    def epoch(self) -> int:
        """Epochs so far."""
        return int(self._state[VECTORS * self._m + 5])


def _packed(numbers: int, *arrays: Float64) -> tuple[Float64, list[c_void_p]]:
    """Zeros, and copies of some vectors, each aligned to a cache line in one array; and the address of each."""
    starts = [0, *accumulate(map(to_line, (numbers, *map(len, arrays))))]
    space = aligned(starts[-1])
    space[:numbers] = 0.0
    for start, array in zip(starts[1:], arrays, strict=False):
        space[start : start + len(array)] = array
    first = space.ctypes.data
    return space, [c_void_p(first + 8 * start) for start in starts[:-1]]


class RowSums:
    """One pass over the rows: the sums of ``w r x``, ``w r`` and ``w r²``. The next call overwrites the result."""

    def __init__(self, code: MachineCode, X: Float64, y: Float64, weights: Float64 | None) -> None:
        n, p = X.shape
        self._theta, self._sums, self._result = aligned(p + 1), aligned(p + 2), c_int64()
        self._held, self._kernel = (X, y, weights), code.function(*PASS)
        self._arguments: tuple[Any, ...] = (
            c_void_p(addressof(self._result)), None, address(X), address(y), address(y if weights is None else weights),
            c_int64(weights is not None), c_int64(n), c_int64(p), address(self._theta), address(self._sums),
        )  # fmt: skip

    def __call__(self, theta: Float64) -> Float64:
        """The sums at ``theta``, coefficients and intercept."""
        self._theta[:] = theta
        self._kernel(*self._arguments)
        return self._sums


def row_sums(problem: Problem, X: Float64, y: Float64) -> RowSums | None:
    """The pass over a problem's rows in float64; None without a kernel."""
    code = machine_code.load("descent") if X.flags.c_contiguous and y.flags.c_contiguous else None
    return RowSums(code, X, y, problem.weights) if code else None


def walk(moments: Moments, start: Float64, rule: Rule) -> Walk | None:
    """The compiled iteration on the moments; None without a kernel."""
    code = machine_code.load("descent")
    return Walk(code, moments, start, rule) if code else None
