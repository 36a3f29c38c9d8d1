"""Whether a control that streams memory follows fits that do, from process to process, better than the one there is.

    python -m tests.benchmarks.memory_control --processes 24          # 10 minutes
    python -m tests.benchmarks.memory_control --after                 # what the copy costs the fit that follows it

Fits of 100,000 × 20 that copy their data are timed in fresh processes, sample by sample in turn with the control
(products of matrices that fit in the cache) and with two that stream memory: a copy of 16 MB to pages that stay, and a
copy to pages that the system gives anew each time. The table has the spread between processes of what each would leave:
the standard deviation of the log of the lower quartile, alone and over each control's. Ways to start a process are
tried in turn: plain, with the same addresses each time (``setarch -R``), with huge pages (``glibc.malloc.hugetlb``).
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

WAYS = {
    "plain": ([], {}),
    "same addresses": (["setarch", "-R"], {}),
    "huge pages": ([], {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}),
}
CASES = {
    "statsmodels_ols": {},
    "scratch_sgd": {"learning_rate": 0.001, "epochs": 20},
    "sklearn_ols": {},
}
SAMPLES = 12


def child(case: str) -> dict[str, list[float]]:
    """The seconds of a fit's samples, and of each control's, in this process."""
    from harness.catalog import backend_class
    from harness.datasets.synthetic import Synthetic
    from harness.timing import control_kernel

    problem = Synthetic(n_samples=100_000, n_features=20, condition=10.0).data().problem
    backend = backend_class(case)(**CASES[case])
    state = backend.prepare(problem, "cpu")
    source = np.ones(2_000_000)
    target = np.empty_like(source)
    calls: dict[str, Callable[[], object]] = {
        "fit": lambda: backend.solve(state),
        "products": control_kernel(),
        "stream": lambda: np.copyto(target, source),
        "new pages": source.copy,
    }
    for call in calls.values():
        call()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(SAMPLES):
        for name, call in calls.items():
            start = perf_counter()
            call()
            seconds[name].append(perf_counter() - start)
    return seconds


def after(case: str) -> float:
    """How many times as long a fit takes that follows the streaming control, by processor time."""
    from harness.catalog import backend_class
    from harness.datasets.synthetic import Synthetic
    from harness.timing import control_kernel, stream_kernel

    problem = Synthetic(n_samples=100_000, n_features=20, condition=10.0).data().problem
    backend = backend_class(case)(**CASES[case])
    state = backend.prepare(problem, "cpu")
    control, stream = control_kernel(), stream_kernel()
    backend.solve(state)
    seconds: tuple[list[float], list[float]] = ([], [])
    for i in range(8 * SAMPLES):
        if i % 2:
            stream()
        control()
        start = process_time()
        backend.solve(state)
        seconds[i % 2].append(process_time() - start)
    alone, behind = (np.quantile(each, 0.25) for each in seconds)
    return float(behind / alone)


def levels(case: str, way: str) -> dict[str, float]:
    """The log of each lower quartile in a fresh process."""
    prefix, variables = WAYS[way]
    command = [*prefix, sys.executable, "-m", "tests.benchmarks.memory_control", "--child", case]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    done = subprocess.run(
        command, env={**os.environ, **threads, **variables}, capture_output=True, text=True, check=True
    )
    return {name: float(np.log(np.quantile(each, 0.25))) for name, each in json.loads(done.stdout).items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=24)
    parser.add_argument("--after", action="store_true")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(child(asked.child)))
        return
    if asked.after:
        print("\n".join(f"{case}: {after(case):.3f} times as long after the streaming control" for case in CASES))
        return
    taken: dict[tuple[str, str], list[dict[str, float]]] = {(case, way): [] for case in CASES for way in WAYS}
    for _ in range(asked.processes):
        for where, found in taken.items():
            found.append(levels(*where))
    print("| fit | process | ms | alone | over products | over a stream | over new pages |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for (case, way), found in taken.items():
        logs = {name: np.array([each[name] for each in found]) for name in found[0]}
        spread = [logs["fit"], *(logs["fit"] - logs[name] for name in ("products", "stream", "new pages"))]
        cells = " | ".join(f"{100 * each.std(ddof=1):.1f} %" for each in spread)
        print(f"| {case} | {way} | {1e3 * np.exp(np.median(logs['fit'])):.1f} | {cells} |")


if __name__ == "__main__":
    main()
