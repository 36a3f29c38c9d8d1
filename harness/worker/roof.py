"""Peak rates of this machine with NumPy: operations of a matrix product, and bytes streamed, per second.

They are the two limits of the roofline model (S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual
performance model for multicore architectures", Communications of the ACM 52(4), 2009, 65-76). Bytes are counted as
STREAM counts them (J. D. McCalpin, "Memory bandwidth and machine balance in current high performance computers", IEEE
TCCA newsletter, December 1995): those that the program reads and writes. Arrays have four times the size of the largest
cache.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from harness.timing import timer

ORDER = 1024
"""Of the matrices: large enough for the library's best speed; a product takes about 50 ms on one processor."""

TRIES = 5
"""Repetitions of each; the fastest counts, as the machine's peak is its speed when nothing else runs."""

DTYPES = ("float32", "float64")

LEAST_STREAM, MOST_STREAM = 2**26, 2**28
"""Bounds on the bytes of a streamed array; a cache of more than a quarter of the largest may still help a little."""


def measure() -> dict[str, Any]:
    """Floating-point operations per second by dtype, and bytes per second."""
    return {"flops_per_second": {name: _product(name) for name in DTYPES}, "bytes_per_second": _stream()}


def _product(dtype: str) -> float:
    rng = np.random.default_rng(0)
    A = rng.standard_normal((ORDER, ORDER)).astype(dtype)
    B, C = A.T.copy(), np.empty_like(A)  # a copy: for A @ A.T, NumPy computes only half of the product
    return 2.0 * ORDER**3 / _fastest(lambda: np.matmul(A, B, out=C))


def _stream() -> float:
    """Bytes per second of a copy or a dot product, whichever is faster: a dot product may use more threads."""
    a = np.ones(stream_bytes() // 8)
    b = a.copy()
    return 2.0 * a.nbytes / min(_fastest(lambda: np.copyto(b, a)), _fastest(lambda: a.dot(b)))


def _fastest(call: Callable[[], object]) -> float:
    timed = timer()
    timed(call)  # warm-up: touches pages and starts threads
    return min(timed(call)[0].seconds for _ in range(TRIES))


def stream_bytes(caches: Path = Path("/sys/devices/system/cpu/cpu0/cache")) -> int:
    """Bytes of a streamed array: four times the largest cache, within bounds."""
    largest = max((_bytes(each) for each in caches.glob("index*/size")), default=0)
    return min(max(4 * largest, LEAST_STREAM), MOST_STREAM)


def _bytes(path: Path) -> int:
    """The bytes of a cache size as the kernel writes it (``32768K``); 0 for anything else."""
    try:
        text = path.read_text(encoding="ascii").strip()
        return int(text.removesuffix("K")) * 1024 if text.endswith("K") else int(text.removesuffix("M")) * 2**20
    except (OSError, ValueError):
        return 0
