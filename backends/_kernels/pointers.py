"""Addresses of arrays for the kernels, and arrays that are aligned for them."""

from __future__ import annotations

from ctypes import c_void_p
from typing import Any

import numpy as np
from numpy.typing import NDArray

LINE = 64
"""Bytes of a cache line."""


def is_plain(*arrays: NDArray[Any]) -> bool:
    """Whether the arrays are float64 in C order, as the kernels read them."""
    return all(each.dtype == np.float64 and each.flags.c_contiguous for each in arrays)


def address(array: NDArray[Any]) -> c_void_p:
    """The address of an array's first number."""
    return c_void_p(array.ctypes.data)


def aligned(count: int) -> NDArray[np.float64]:
    """An uninitialised array that starts on a cache line.

    Memory is allocated at any multiple of 16 bytes. If a block of rows is not at a multiple of 32, every other vector
    load touches two lines and a fit takes a tenth longer, which would differ from process to process
    (`tests/benchmarks/alignment.py`).
    """
    raw = np.empty(count + LINE // 8)
    first = -raw.ctypes.data % LINE // 8
    return raw[first : first + count]


def to_line(count: int) -> int:
    """``count`` rounded up to whole cache lines, in numbers."""
    return -(-count * 8 // LINE) * LINE // 8
