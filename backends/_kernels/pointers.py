"""What a kernel is told of an array."""

from __future__ import annotations

from ctypes import c_void_p
from typing import Any

from numpy.typing import NDArray


def address(array: NDArray[Any]) -> c_void_p:
    """Of an array's first number."""
    return c_void_p(array.ctypes.data)
