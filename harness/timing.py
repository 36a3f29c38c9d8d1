"""The clock, and the control kernel whose time tells how fast the machine is right now.

Level 0: the worker runs this in whatever environment it is started in, so only NumPy and the standard library.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np

__all__ = ["CONTROL", "PROTOCOL", "SHORTEST_SAMPLE", "Timed", "calibrate", "control_kernel", "timed"]

T = TypeVar("T")

SHORTEST_SAMPLE = 2e-3
"""Seconds. A sample repeats its call until it lasts about this long: longer than the control, 20,000 clock ticks."""

PROTOCOL = 2
"""Version of how times are taken; those of different versions are never compared. 2: the allocator keeps its memory."""

CONTROL = "numpy-4x200x200"
"""The name of the control kernel; times over different controls are never compared."""


class Timed(NamedTuple):
    """One sample.

    Attributes
    ----------
    seconds : float
        Wall time a call.
    cpu_seconds : float
        Processor time a call, over all threads of the process.
    """

    seconds: float
    cpu_seconds: float


def timed(call: Callable[[], T], repeats: int = 1) -> tuple[Timed, T]:
    """Time ``repeats`` calls as one sample and keep the last answer; inside the clock is nothing but the calls."""
    clock, cpu_clock = time.perf_counter_ns, time.process_time_ns
    again = range(repeats - 1)
    cpu_start = cpu_clock()
    start = clock()
    for _ in again:
        call()
    answer = call()
    end = clock()
    cpu_end = cpu_clock()
    scale = 1e-9 / repeats
    return Timed((end - start) * scale, (cpu_end - cpu_start) * scale), answer


def calibrate(call: Callable[[], object], first_guess: float) -> int:
    """How many calls make a sample of `SHORTEST_SAMPLE`, measured on warm calls.

    Parameters
    ----------
    call : callable
        What will be timed.
    first_guess : float
        Seconds that one call is known to take at most (the first call's time). A call that is long enough even at a
        tenth of it is not repeated, nor called here.
    """
    if first_guess > 10 * SHORTEST_SAMPLE:
        return 1
    repeats = 1
    while True:
        sample, _ = timed(call, repeats)
        total = sample.seconds * repeats
        if total >= SHORTEST_SAMPLE:
            return repeats
        repeats = max(repeats + 1, min(10 * repeats, round(1.2 * repeats * SHORTEST_SAMPLE / max(total, 1e-9))))


def control_kernel() -> Callable[[], object]:
    """The control: four products of 200 × 200 matrices, about a millisecond of arithmetic that fits in the cache."""
    rng = np.random.default_rng(20_240)
    A = rng.standard_normal((200, 200))
    B = np.empty_like(A)

    def control() -> None:
        for _ in range(4):
            np.matmul(A, A, out=B)

    return control
