"""What glibc's allocator costs a fit that follows no larger one, left alone and as a worker settles it.

Each in a process of its own: there the thresholds begin where glibc has them.
"""

import subprocess
import sys
from typing import Any

import pytest

FITS = """
import statistics, time
import numpy as np
from harness.worker.system import fix_allocator_thresholds
{settle}
rng = np.random.default_rng(0)
X, y = rng.standard_normal((10_000, 5)), rng.standard_normal(10_000)
def fit():
    start = time.perf_counter()
    np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y, rcond=None)
    return time.perf_counter() - start
print(statistics.median(fit() for _ in range(200)))
"""


@pytest.mark.parametrize("settle", ["", "fix_allocator_thresholds()"], ids=["left alone", "settled"])
def test_fits(settle: str, benchmark: Any) -> None:
    """200 fits in a fresh process; the median of one is the extra information's ``seconds_a_fit``."""
    benchmark.group = "allocator"
    command = [sys.executable, "-c", FITS.format(settle=settle)]
    medians: list[float] = []

    def process() -> None:
        medians.append(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout))

    benchmark.pedantic(process, rounds=5)
    benchmark.extra_info["seconds_a_fit"] = sorted(medians)[len(medians) // 2]
