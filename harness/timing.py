"""The clock, and the control kernel whose time tells how fast the machine is right now.

Level 0: the worker runs this in whatever environment it is started in, so only NumPy and the standard library.

Clocks and kernels are bound when this module is imported, before any backend is: one that puts others in their place
afterwards, in `time`, in NumPy or here, changes nothing for whoever holds the functions made here.
"""

import mmap
from collections.abc import Callable
from time import perf_counter_ns, process_time_ns
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

T = TypeVar("T")

SHORTEST_SAMPLE = 2e-3
"""Seconds. A sample repeats its call until it lasts at least this long: longer than the control, 20,000 clock ticks."""

PROTOCOL = 2
"""Version of how times are taken; those of different versions are never compared. 2: the allocator keeps its memory."""

CONTROL = "numpy-4x200x200"
"""The name of the control kernel; log ratios over different controls are never compared."""


STREAMED = 16 * 2**20
"""Bytes that the streaming control copies: beyond what a core has for itself, within some milliseconds."""

STREAMED_FROM = 4 * 2**20
"""Bytes of a problem from which it is timed beside a case; a smaller one is worked on within the cache."""

STREAM_EVERY = 0.03
"""Seconds of a case's samples per sample of it, so that it costs a case a few per cent."""


class Timed(NamedTuple):
    """One sample."""

    seconds: float
    """Wall time per call."""
    cpu_seconds: float
    """Processor time per call, over all threads of the process."""


class Timer(Protocol):
    """Times so many calls as one sample, and gives the last answer with it."""

    def __call__(self, call: Callable[[], T], repeats: int = 1) -> tuple[Timed, T]:
        """Time the calls; inside the clock is nothing else."""


def timer(clock: Callable[[], int] = perf_counter_ns, cpu_clock: Callable[[], int] = process_time_ns) -> Timer:
    """A timer over these clocks, which nobody can exchange later.

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
    """The rule by which the number of calls per sample grows, which nobody can exchange later.

    It is a function of a sample of warm calls and of how many calls that was made of. It gives that number where the
    sample lasts for ``shortest`` seconds or longer, else how many calls to try next.
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
    """The streaming control: a copy through memory, to pages that stay. Another kernel is another `PROTOCOL`.

    The pages are asked of the system itself, so that what the allocator gives to the fits is not moved by them.

    Raises
    ------
    OSError
        When there is no memory left for them.
    """
    source, target = (np.frombuffer(mmap.mmap(-1, STREAMED)) for _ in range(2))
    copy = np.copyto

    def stream() -> None:
        copy(target, source)

    source[:] = 1.0
    stream()  # a page that is touched for the first time is another matter
    return stream
