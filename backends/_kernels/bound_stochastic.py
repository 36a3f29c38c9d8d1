"""Stochastic epochs tied to their kernel: `backends._stochastic.OneByOne`, compiled."""

from __future__ import annotations

from ctypes import addressof, c_double, c_int64, c_void_p
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backends._kernels.pointers import address
from backends.base import Problem

if TYPE_CHECKING:
    from backends._kernels.machine_code import MachineCode

Float64 = NDArray[np.float64]
Order = NDArray[np.intp]

PLAIN, CORRECTED, SAGA = 0, 1, 2
"""As in `backends._kernels.stochastic`."""
EPOCH = (
    "stochastic_epoch", *(c_void_p,) * 3, *(c_int64,) * 2, *(c_double,) * 2, *(c_int64,) * 3,
    *(c_void_p,) * 2, c_int64, *(c_void_p,) * 3,
)  # fmt: skip


class CompiledPasses:
    """Epochs over the samples of a problem in float64, C order, whose weights have a mean of 1.

    Attributes
    ----------
    versions : str
        Of the compilers that made the kernel.
    """

    def __init__(self, code: MachineCode, problem: Problem, batch_size: int) -> None:
        X, y, weights = problem.X, problem.y, problem.weights
        self._batch_size, self._work, self._held = batch_size, np.empty(max(X.shape[1] + 1, 6)), problem
        self.versions = code.versions
        self._latest: list[tuple[NDArray[Any] | None, c_void_p]] = [(None, c_void_p())] * 5
        self._kernel, self._squares = code.function(*EPOCH), c_double()
        self._data: tuple[Any, ...] = (
            c_void_p(addressof(self._squares)), None, address(X), address(y),
            address(y if weights is None else weights), c_int64(weights is not None),
            c_int64(X.shape[1]), c_double(problem.intercept), c_double(problem.l2),
        )  # fmt: skip

    def updates(self, order: Order, rates: Float64, theta: Float64, total: Float64 | None) -> float:
        """As `backends._stochastic.OneByOne.updates`."""
        beside = theta if total is None else total
        return self._epoch(PLAIN, (order, rates, theta, beside, self._work), average=total is not None)

    def corrected(self, order: Order, rates: Float64, theta: Float64, gradient: Float64) -> None:
        """As `backends._stochastic.OneByOne.corrected`."""
        self._epoch(CORRECTED, (order, rates, theta, gradient, self._work))

    def saga(self, order: Order, rates: Float64, theta: Float64, mean: Float64, residuals: Float64) -> float:
        """As `backends._stochastic.OneByOne.saga`."""
        return self._epoch(SAGA, (order, rates, theta, mean, residuals))

    def _epoch(self, kind: int, arrays: tuple[NDArray[Any], ...], *, average: bool = False) -> float:
        # most arrays are those of the epoch before, and to ask for an address costs a microsecond
        self._latest = [
            known if known[0] is array else (array, address(array))
            for known, array in zip(self._latest, arrays, strict=True)
        ]
        count = len(arrays[0])
        of_order, of_rates, *others = (place for _, place in self._latest)
        self._kernel(*self._data, average, kind, self._batch_size, of_order, of_rates, count, *others)
        return self._squares.value / max(count, 1)


def compiled_passes(problem: Problem, batch_size: int) -> CompiledPasses | None:
    """Tie a problem to its kernel; None where there is none."""
    from backends._kernels.machine_code import machine_code

    code = machine_code()
    return CompiledPasses(code, problem, batch_size) if code else None
