"""What it costs a fit where its kernel's work space lies off the lines of the cache.

    OMP_NUM_THREADS=1 python -m tests.benchmarks.alignment            # half a minute

One problem, one kernel, one work space, moved by 0, 8, … 56 bytes within one process and timed in turn: the lower
quartile of the calls, over that at the beginning of a line. A process that takes its memory as it comes has one of
these places, and keeps it.
"""

import sys
from ctypes import c_void_p
from time import perf_counter

import numpy as np

from backends._kernels import machine_code
from backends._kernels.bound import KERNEL, REFINED_ELEMENTS, work_size
from backends._kernels.pointers import LINE, address, aligned
from harness.datasets.synthetic import Synthetic

SIZES = ((100, 3), (1_000, 5), (1_000, 20), (5_000, 20))
ROUNDS, CALLS = 5, 300


def times(n: int, p: int) -> dict[int, float]:
    """Seconds of a fit, by how many bytes its work space is off a line."""
    code = machine_code.load("direct")
    if code is None:
        sys.exit("there is no compiled kernel here: pip install 'linbench[numba]'")
    asked = Synthetic(n_samples=n, n_features=p).data().problem
    kernel, numbers = code.function(*KERNEL), work_size(p)
    space, answers = aligned(numbers + LINE // 8), np.empty(2 * (p + 1))
    found, declined = np.zeros(1, np.int64), np.zeros(1, np.int64)
    taken: dict[int, list[float]] = {off: [] for off in range(0, LINE, 8)}
    for _ in range(ROUNDS):
        for off, seconds in taken.items():
            arguments = (
                address(declined), None, address(asked.X), address(asked.y), n, p, int(asked.intercept), asked.l2, 1,
                REFINED_ELEMENTS, c_void_p(space.ctypes.data + off), address(answers), address(found),
            )  # fmt: skip
            for _ in range(CALLS):
                start = perf_counter()
                kernel(*arguments)
                seconds.append(perf_counter() - start)
    return {off: float(np.quantile(seconds, 0.25)) for off, seconds in taken.items()}


def main() -> None:
    """Print the table."""
    put = sys.stdout.write
    put(f"| rows × features | µs | {' | '.join(f'{off} bytes' for off in range(8, LINE, 8))} |\n")
    put(f"| --- | ---: |{' ---: |' * (LINE // 8 - 1)}\n")
    for n, p in SIZES:
        first, *others = times(n, p).values()
        put(f"| {n:,} × {p} | {1e6 * first:.3g} | {' | '.join(f'{each / first:.2f}' for each in others)} |\n")


if __name__ == "__main__":
    main()
