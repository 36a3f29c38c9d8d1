"""Stochastic epochs bound to their kernels: `backends._stochastic.OneByOne`, compiled, with many epochs per call."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import addressof, c_double, c_int64, c_void_p
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backends._kernels import machine_code
from backends._kernels.machine_code import MachineCode
from backends._kernels.pointers import address, aligned
from backends.base import LOSS_BLOW_UP, Problem

Float64 = NDArray[np.float64]
Order = NDArray[np.intp]

CORRECTED, SAGA = 0, 1
"""As in `backends._kernels.stochastic`."""
GIVEN, IN_TURN, SHUFFLED, FLIPFLOP = 0, 1, 2, 3
LOSS, FIRST_LOSS, CONVERGED, EPOCH, SQUARES = 0, 1, 2, 3, 4
"""As in `backends._kernels.epochs`."""
MOST_SAMPLES = 1 << 31
"""As in `backends._kernels.shuffling.shuffle`."""

DATA = *(c_void_p,) * 3, *(c_int64,) * 2, *(c_double,) * 2
EPOCH_KERNEL = "stochastic_epoch", *DATA, c_int64, *(c_void_p,) * 2, c_int64, *(c_void_p,) * 3
WALK_KERNEL = "stochastic_walk", *DATA, *(c_int64,) * 4, *(c_double,) * 2, c_int64, c_void_p, c_int64, *(c_void_p,) * 6
SHUFFLE_KERNEL = "shuffled", c_void_p, c_int64, c_void_p
BEGINNINGS_KERNEL = "draw_beginnings", c_void_p, c_int64, c_void_p
DRAW_KERNEL = "drawn", c_void_p, c_int64, c_void_p, c_int64, *(c_void_p,) * 2


class WalkPlan(NamedTuple):
    """The constants of a walk.

    Attributes
    ----------
    kind : int
        Code of the epochs' order: `GIVEN`, `IN_TURN`, `SHUFFLED` or `FLIPFLOP`.
    size : int
        Samples per update.
    average : int
        The first epoch whose iterates are summed; 0 for none.
    tolerance : float
        The walk ends when the loss changes by at most this; 0 for never.
    """

    kind: int
    size: int
    average: int
    tolerance: float


class CompiledPasses:
    """Epochs over the samples of a problem in float64, C order, whose weights have a mean of 1.

    Attributes
    ----------
    versions : str
        Versions of the compilers that made the kernel.
    """

    def __init__(self, code: MachineCode, problem: Problem, batch_size: int) -> None:
        X, y, weights = problem.X, problem.y, problem.weights
        self._batch_size, self._work, self._held = batch_size, aligned(max(X.shape[1] + 1, 6)), problem
        self.versions, self._code = code.versions, code
        self._latest: list[tuple[NDArray[Any] | None, c_void_p]] = [(None, c_void_p())] * 5
        self._kernel, self._squares = code.function(*EPOCH_KERNEL), c_double()
        self._walk, self._blown_up = code.function(*WALK_KERNEL), c_int64()
        self._data: tuple[Any, ...] = (
            address(X), address(y), address(y if weights is None else weights), c_int64(weights is not None),
            c_int64(X.shape[1]), c_double(problem.intercept), c_double(problem.l2),
        )  # fmt: skip

    def walk(self, plan: WalkPlan, seed: int) -> Walk:
        """Plain updates from zero, with orders from that seed."""
        return Walk(self._walk, self._data, self._held, plan, seed)

    def shuffler(self, seed: int) -> Shuffler:
        """Shuffles as NumPy's generator with that seed does."""
        return Shuffler(self._code, seed)

    def drawing(self, seed: int) -> CompiledDrawing:
        """Draws as `backends._stochastic.Searches` with that seed does."""
        return CompiledDrawing(self._code, seed)

    def updates(self, order: Order, rates: Float64, theta: Float64, total: Float64 | None) -> float:
        """As `backends._stochastic.OneByOne.updates`."""
        state, added = np.zeros(5), theta if total is None else total
        self._walk(
            addressof(self._blown_up), None, *self._data, len(order), GIVEN, self._batch_size, total is not None,
            0.0, LOSS_BLOW_UP, 1, address(rates), 0, address(order), None, address(theta), address(added),
            address(self._work), address(state),
        )  # fmt: skip
        return float(state[SQUARES])

    def corrected(self, order: Order, rates: Float64, theta: Float64, gradient: Float64) -> None:
        """As `backends._stochastic.OneByOne.corrected`."""
        self._epoch(CORRECTED, (order, rates, theta, gradient, self._work))

    def saga(self, order: Order, rates: Float64, theta: Float64, mean: Float64, residuals: Float64) -> float:
        """As `backends._stochastic.OneByOne.saga`."""
        return self._epoch(SAGA, (order, rates, theta, mean, residuals))

    def _epoch(self, kind: int, arrays: tuple[NDArray[Any], ...]) -> float:
        # most arrays are those of the epoch before, and an address takes a microsecond to get
        self._latest = [
            known if known[0] is array else (array, address(array))
            for known, array in zip(self._latest, arrays, strict=True)
        ]
        count = len(arrays[0])
        of_order, of_rates, *others = (place for _, place in self._latest)
        self._kernel(addressof(self._squares), None, *self._data, kind, of_order, of_rates, count, *others)
        return self._squares.value / max(count, 1)


class Walk:
    """Plain updates from zero, any number of epochs per call.

    Attributes
    ----------
    theta, total : ndarrays of shape (n_features + 1,)
        Coefficients and intercept; their sum over all updates of averaged epochs.
    diverged : bool
        Whether the loss has blown up, as in `backends.base.drained`.
    """

    def __init__(self, kernel: Any, data: tuple[Any, ...], problem: Problem, plan: WalkPlan, seed: int) -> None:
        n, m = len(problem.y), problem.X.shape[1] + 1
        numbers, order, generator = aligned(2 * m + max(m, 6) + 5), np.empty(n, np.intp), _generator(seed).copy()
        numbers.fill(0.0)
        self.theta, self.total, self._state = numbers[:m], numbers[m : 2 * m], numbers[-5:]
        self.diverged, self._blown_up, self._kernel, self._held = False, c_int64(), kernel, (order, generator, problem)
        self._before: tuple[Any, ...] = (
            addressof(self._blown_up), None, *data, n, plan.kind, plan.size, plan.average, plan.tolerance,
            LOSS_BLOW_UP,
        )  # fmt: skip
        start = numbers.ctypes.data
        self._after = (
            order.ctypes.data, generator.ctypes.data, start, start + 8 * m, start + 16 * m,
            start + 8 * (len(numbers) - 5),
        )  # fmt: skip

    def advance(self, epochs: int, rates: Float64, stride: int = 0) -> None:
        """Make at most ``epochs`` further epochs, fewer if it ends; rates advance by ``stride`` per epoch."""
        self._kernel(*self._before, epochs, rates.ctypes.data, stride, *self._after)
        self.diverged = bool(self._blown_up.value)

    @property
    def loss(self) -> float:
        """The loss of the last epoch, with the penalty."""
        return float(self._state[LOSS])

    @property
    def converged(self) -> bool:
        """Whether the loss has changed within the tolerance."""
        return bool(self._state[CONVERGED])

    @property
    def epoch(self) -> int:
        """Epochs so far."""
        return int(self._state[EPOCH])


class Shuffler:
    """`numpy.random.Generator.shuffle` of integers, compiled."""

    def __init__(self, code: MachineCode, seed: int) -> None:
        self._kernel, self._generator, self._done = code.function(*SHUFFLE_KERNEL), _generator(seed).copy(), c_int64()

    def shuffle(self, order: Order) -> None:
        """Shuffle in place."""
        self._kernel(addressof(self._done), None, order.ctypes.data, len(order), self._generator.ctypes.data)


class CompiledDrawing:
    """`backends._stochastic.Searches`, compiled."""

    def __init__(self, code: MachineCode, seed: int) -> None:
        self._kernels = code.function(*BEGINNINGS_KERNEL), code.function(*DRAW_KERNEL)
        self._generator, self._done = _generator(seed).copy(), c_int64()

    def among(self, cumulated: Float64) -> Callable[[int], Order]:
        """As `backends._stochastic.Searches.among`."""
        (begin, draw), n, beginnings = self._kernels, len(cumulated), np.empty(len(cumulated), np.intp)
        begin(addressof(self._done), None, address(cumulated), n, address(beginnings))

        def drawn(count: int) -> Order:
            order = np.empty(count, np.intp)
            draw(
                addressof(self._done), None, address(order), count, address(cumulated), n, address(beginnings),
                address(self._generator),
            )  # fmt: skip
            return order

        return drawn


@lru_cache(maxsize=8)
def _generator(seed: int) -> NDArray[np.int64]:
    """The initial state of NumPy's default generator, for `backends._kernels.shuffling.shuffle`; copy before use."""
    state: Any = np.random.PCG64(seed).state
    mask = (1 << 64) - 1
    halves = [half for each in (state["state"]["state"], state["state"]["inc"]) for half in (each >> 64, each & mask)]
    return np.array([*halves, mask], dtype=np.uint64).view(np.int64)


def compiled_passes(problem: Problem, batch_size: int) -> CompiledPasses | None:
    """Bind a problem to its kernels; None without kernels, or with more samples than a shuffle can index."""
    code = machine_code.load("stochastic") if len(problem.y) < MOST_SAMPLES else None
    return CompiledPasses(code, problem, batch_size) if code else None
