"""What an epoch of descent costs beside scikit-learn's: ``python -m tests.benchmarks.epochs`` (two minutes).

Processor seconds of one thread, all in turn within each round, so that a busy machine slows all of them. An epoch's
time is that of a fit over its epochs. Each ratio is the geometric mean over rounds, with its interval of 95 %.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # before NumPy reads them, as the worker does

import math
from statistics import fmean, stdev
from time import process_time
from typing import Any

from scipy import stats

from backends.scratch_gd import ScratchGD
from backends.scratch_sgd import ScratchSGD
from backends.sklearn_sgd import SklearnSGD
from harness.datasets.synthetic import Synthetic

WIDTHS = (1, 3, 10, 30, 100, 200, 1000)
ROWS, VALUES, EPOCHS, ROUNDS = 10_000, 2_000_000, 10, 12
BACKENDS: dict[str, Any] = {
    "scikit-learn": SklearnSGD(learning_rate="constant", eta0=2e-6, max_iter=EPOCHS, tol="none"),
    "`scratch_sgd`": ScratchSGD(learning_rate=1e-6, epochs=EPOCHS),
    "`scratch_gd`, naive": ScratchGD(method="naive", learning_rate=1e-6, epochs=EPOCHS),
    "svrg": ScratchSGD(learning_rate=1e-6, epochs=EPOCHS, update="svrg"),
    "saga": ScratchSGD(learning_rate=1e-6, epochs=EPOCHS, update="saga"),
    "kaczmarz": ScratchSGD(epochs=EPOCHS, update="kaczmarz"),
}
FIRST, *OTHERS = BACKENDS


def main() -> None:
    """Print the table."""
    print(f"| rows × features | {FIRST}, ns per row | " + " | ".join(f"{name}, as fast" for name in OTHERS) + " |")
    print("| --- " + "| ---: " * len(BACKENDS) + "|")
    for width in WIDTHS:
        rows = max(min(ROWS, VALUES // width), width + 1)
        problem = Synthetic(n_samples=rows, n_features=width).data().problem
        states = {name: backend.prepare(problem, "cpu") for name, backend in BACKENDS.items()}
        spent: dict[str, list[float]] = {name: [] for name in BACKENDS}
        for number in range(ROUNDS + 1):
            for name, backend in BACKENDS.items():
                start = process_time()
                backend.solve(states[name])
                if number:  # the first warms up
                    spent[name].append(process_time() - start)
        per_row = 1e9 * min(spent[FIRST]) / rows / EPOCHS
        ratios = [ratio(spent[FIRST], spent[name]) for name in OTHERS]
        print(f"| {rows:,} × {width} | {per_row:.0f} | " + " | ".join(ratios) + " |", flush=True)


def ratio(theirs: list[float], ours: list[float]) -> str:
    """How many times as fast, with the interval of its geometric mean over the rounds."""
    logs = [math.log(a / b) for a, b in zip(theirs, ours, strict=True)]
    half = float(stats.t.ppf(0.975, len(logs) - 1)) * stdev(logs) / math.sqrt(len(logs))
    middle = fmean(logs)
    return f"{math.exp(middle):.2f} ({math.exp(middle - half):.2f} to {math.exp(middle + half):.2f})"


if __name__ == "__main__":
    main()
