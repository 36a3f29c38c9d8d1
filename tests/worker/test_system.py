"""What a worker does to its own process before it measures."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.results import load_run
from tests.conftest import Linbench

PAGE_FAULTS = """
import resource, numpy as np
from harness.worker.system import fix_allocator_thresholds
{settle}
def fit():
    blocks = [np.ones(60_000) for _ in range(4)]  # half a megabyte each, as a small problem's copies are
fit()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    fit()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(settle: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", PAGE_FAULTS.format(settle=settle)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has these thresholds")
def test_a_fit_does_not_pay_for_pages_that_the_one_before_it_had() -> None:
    left_alone, settled = page_faults(""), page_faults("fix_allocator_thresholds()")
    assert settled < 500 < left_alone


def test_the_first_cell_of_a_backend_in_a_worker_says_so(
    linbench: Linbench, suite: Callable[..., Path], tmp_path: Path
) -> None:
    three = 'use = "advertising"\nscale = ["none", "minmax", "standard"]'
    done = linbench("run", suite("scratch_ols", "numpy_lstsq", dataset=three, plan="rounds = 2"))
    assert done.code == 0, done.err
    (path,) = tmp_path.glob("results/runs/*.jsonl")
    measurements = load_run(path).measurements
    for number in range(2):
        for backend in ("scratch_ols", "numpy_lstsq"):
            mine = [m.first_use for m in measurements if m.round == number and f"/{backend}/" in m.case]
            assert sorted(mine, key=bool) == [False, False, True]
