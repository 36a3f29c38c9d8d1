"""What a kernel is told of an array, and arrays that lie well for one."""

from __future__ import annotations

from ctypes import c_void_p
from typing import Any

import numpy as np
from numpy.typing import NDArray

LINE = 64
"""Bytes of a cache line."""


def address(array: NDArray[Any]) -> c_void_p:
    """Of an array's first number."""
    return c_void_p(array.ctypes.data)


def aligned(count: int) -> NDArray[np.float64]:
    """So many numbers, not set, from the beginning of a cache line on.

    A process gets its memory at any multiple of 16 bytes. Where a block of rows lies off a multiple of 32, every other
    load of a vector takes two lines, and a fit a tenth more time: another time in every process
    (`tests/benchmarks/alignment.py`).
    """
    raw = np.empty(count + LINE // 8)
    first = -raw.ctypes.data % LINE // 8
    return raw[first : first + count]


def to_line(count: int) -> int:
    """So many numbers and those that are left of their last cache line."""
    return -(-count * 8 // LINE) * LINE // 8
