"""The clock, and the control kernels, whose times show the machine's speed at the moment.

Workers import this in any environment, so it needs only NumPy and the standard library.

Clocks and kernels are bound when this module is imported, before any backend: a backend that patches `time`, NumPy or
this module later does not affect the functions made here.
"""

import mmap
from collections.abc import Callable
from time import perf_counter_ns, process_time_ns
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

T = TypeVar("T")

SHORTEST_SAMPLE = 2e-3
"""In seconds. A sample repeats its call to last at least this long: longer than the control, or 20,000 clock ticks."""

PROTOCOL = 2
"""Version of the timing protocol; times of different versions are never compared. 2: the allocator keeps memory."""

CONTROL = "numpy-4x200x200"
"""Name of the control kernel; log ratios over different controls are never compared."""


STREAMED = 16 * 2**20
"""Bytes that the streaming control copies: more than a core's own caches, in a few milliseconds."""

STREAMED_FROM = 4 * 2**20
"""Bytes of a problem from which the streaming control is timed; smaller problems fit in the cache."""

STREAM_EVERY = 0.03
"""Seconds of a case's samples per sample of the streaming control, which then costs a few per cent."""


class Timed(NamedTuple):
    """One sample."""

    seconds: float
    """Wall time per call."""
    cpu_seconds: float
    """Processor time per call, over all threads of the process."""


class Timer(Protocol):
    """Times repeated calls as one sample; returns it with the last answer."""

    def __call__(self, call: Callable[[], T], repeats: int = 1) -> tuple[Timed, T]:
        """Time the calls, and nothing else."""


def timer(clock: Callable[[], int] = perf_counter_ns, cpu_clock: Callable[[], int] = process_time_ns) -> Timer:
    """A timer over these clocks, which cannot be patched later.

    Parameters
    ----------
    clock, cpu_clock : callable
        Nanoseconds of wall and of processor time.
    """
    make, span = Timed, range

    def timed(call: Callable[[], T], repeats: int = 1) -> tuple[Timed, T]:
        again = span(repeats - 1)
        cpu_start = cpu_clock()
        start = clock()
        for _ in again:
            call()
        answer = call()
        end = clock()
        cpu_end = cpu_clock()
        scale = 1e-9 / repeats
        return make((end - start) * scale, (cpu_end - cpu_start) * scale), answer

    return timed


def calibration(shortest: float = SHORTEST_SAMPLE) -> Callable[[Timed, int], int]:
    """The rule for the number of calls per sample, which cannot be patched later.

    It maps a sample of warm calls and its number of calls to the number to use next: the same where the sample lasts at
    least ``shortest`` seconds, else a larger one.
    """
    lowest, highest, nearest = min, max, round

    def repeats_after(sample: Timed, repeats: int) -> int:
        total = sample.seconds * repeats
        if total >= shortest:
            return repeats
        wanted = nearest(1.2 * repeats * shortest / highest(total, 1e-9))
        return highest(repeats + 1, lowest(10 * repeats, wanted))

    return repeats_after


def control_kernel() -> Callable[[], object]:
    """The control: four products of 200 × 200 matrices, about a millisecond of arithmetic that fits in the cache."""
    rng = np.random.default_rng(20_240)
    A = rng.standard_normal((200, 200))
    B = np.empty_like(A)
    product = np.matmul

    def control() -> None:
        for _ in range(4):
            product(A, A, out=B)

    return control


def stream_kernel() -> Callable[[], object]:
    """The streaming control: a copy through memory, between fixed pages. Changing it requires a new `PROTOCOL`.

    The pages come from the system directly, so that they do not change the allocator's memory layout for fits.

    Raises
    ------
    OSError
        When there is not enough memory.
    """
    source, target = (np.frombuffer(mmap.mmap(-1, STREAMED)) for _ in range(2))
    copy = np.copyto

    def stream() -> None:
        copy(target, source)

    source[:] = 1.0
    stream()  # touch the pages: the first access is slower
    return stream
