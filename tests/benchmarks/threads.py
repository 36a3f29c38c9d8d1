"""``scratch_ols`` on one thread and on two, in turn: ``python -m tests.benchmarks.threads`` (half a minute).

On a busy machine a second thread finds no free core, so that the processor seconds of both say more than the clock:
two threads that cost no more of them than one can be twice as fast.
"""

import os

os.environ.update(OMP_NUM_THREADS="2", OPENBLAS_NUM_THREADS="2")  # before NumPy reads them, as the worker does

from time import perf_counter, process_time

import numpy as np
from threadpoolctl import threadpool_limits

from backends.scratch_ols import ScratchOls
from harness.datasets.synthetic import Synthetic

SHAPES = [(10_000_000, 1), (1_000_000, 10), (300_000, 32), (100_000, 100), (50_000, 200)]
ROUNDS = 12


def main() -> None:
    """Print the table."""
    print("| rows × features | 1 thread, ms | 2 threads, ms | as fast | processor time | same bits |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    for n, p in SHAPES:
        problem, backend = Synthetic(n_samples=n, n_features=p).data().problem, ScratchOls()
        wall, spent, coefs = {1: np.inf, 2: np.inf}, {1: np.inf, 2: np.inf}, {}
        states = {}
        for count in (1, 2):
            os.environ["OMP_NUM_THREADS"] = str(count)
            states[count] = backend.prepare(problem, "cpu")
            with threadpool_limits(count, user_api="blas"):
                coefs[count] = backend.solve(states[count]).coef
        for _ in range(ROUNDS):
            for count in (1, 2):
                os.environ["OMP_NUM_THREADS"] = str(count)
                start, used = perf_counter(), process_time()
                with threadpool_limits(count, user_api="blas"):
                    backend.solve(states[count])
                wall[count] = min(wall[count], perf_counter() - start)
                spent[count] = min(spent[count], process_time() - used)
        print(
            f"| {n:,} × {p} | {wall[1] * 1e3:.1f} | {wall[2] * 1e3:.1f} | {wall[1] / wall[2]:.2f} "
            f"| {spent[2] / spent[1]:.2f} | {'yes' if np.array_equal(coefs[1], coefs[2]) else 'no'} |"
        )


if __name__ == "__main__":
    main()
