"""``scratch_sketch`` beside direct methods, in turn, one thread: ``python -m tests.benchmarks.sketch`` (some minutes).

Processor time, the least of some rounds: a busy machine disturbs it less than the clock.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # before NumPy reads them, as the worker does

from time import process_time
from typing import Any

import numpy as np

from backends.base import Backend
from backends.numpy_lstsq import NumpyLstsq
from backends.scipy_lstsq import ScipyLstsq
from backends.scratch_ols import ScratchOls
from backends.scratch_sketch import ScratchSketch
from harness.datasets.synthetic import Synthetic

SHAPES = [(20_000, 50), (20_000, 100), (50_000, 100), (50_000, 200), (50_000, 500), (50_000, 1_000)]
PEERS: list[Backend[Any]] = [NumpyLstsq(), ScipyLstsq(driver="gelsy"), ScratchOls()]
ROUNDS = 3


def main() -> None:
    """Print the table."""
    print("| rows × features | scratch_sketch, ms | times as fast as numpy_lstsq | as gelsy | as scratch_ols |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for n, p in SHAPES:
        problem = Synthetic(n_samples=n, n_features=p).data().problem
        backends = [ScratchSketch(), *PEERS]
        states = [each.prepare(problem, "cpu") for each in backends]
        least = np.full(len(backends), np.inf)
        for _ in range(ROUNDS):
            for i, (backend, state) in enumerate(zip(backends, states, strict=True)):
                start = process_time()
                backend.solve(state)
                least[i] = min(least[i], process_time() - start)
        ratios = " | ".join(f"{each / least[0]:.2f}" for each in least[1:])
        print(f"| {n:,} × {p} | {least[0] * 1e3:.0f} | {ratios} |", flush=True)


if __name__ == "__main__":
    main()
