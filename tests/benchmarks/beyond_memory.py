"""`scratch_ols` over a file beside reading the file: ``python -m tests.benchmarks.beyond_memory [ROWS]``.

So many rows of 10 columns (3,000,000 when left out) are streamed to disk as a run does it, and mapped. In turn: ``cat``
to ``/dev/null``, ``X.T @ X`` over the mapped array, and one fit, each warm and five times. What is printed is processor
time, the least of the five, and its ratio: a busy machine changes neither much. Give each library one thread.
"""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from backends.base import Problem
from backends.scratch_ols import ScratchOls
from harness.datasets.normal import Normal
from harness.loader.on_disk import on_disk

TIMES = 5


def processor_seconds(work: Callable[[], object]) -> float:
    """Of this process and of those that it waited for."""

    def spent() -> float:
        both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(each.ru_utime + each.ru_stime for each in both)

    start = spent()
    work()
    return spent() - start


def made(rows: int, folder: Path) -> Problem:
    """The problem, its arrays in files of that folder."""
    dataset = Normal(n_samples=rows, n_features=10)
    files = {name: folder / f"{name}.npy" for name in ("X", "y", "X_test", "y_test")}
    blocks = dataset.blocks()
    return on_disk(dataset, blocks, "float64", files).problem


def main(rows: int) -> None:
    """Print the three times and what the fit's memory grew by."""
    with tempfile.TemporaryDirectory() as name:
        problem = made(rows, Path(name))
        backend = ScratchOls()
        state = backend.prepare(problem, "cpu")
        command = ["/bin/cat", f"{name}/X.npy", f"{name}/y.npy"]
        works: dict[str, Callable[[], object]] = {
            "cat": lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True),
            "X.T @ X": lambda: problem.X.T @ problem.X,
            "scratch_ols": lambda: backend.solve(state),
        }
        found: dict[str, list[float]] = {each: [] for each in works}
        for _ in range(TIMES + 1):
            for each, work in works.items():
                found[each].append(processor_seconds(work))
        least = {each: min(times[1:]) for each, times in found.items()}
        size = (problem.X.nbytes + problem.y.nbytes) / 2**30
        print(f"{rows:,} rows of 10 columns, {size:.2f} GiB")
        for each, seconds in least.items():
            print(f"{each}: {seconds:.2f} s, {size / seconds if seconds else 0:.2f} GiB/s")
        for each in ("cat", "X.T @ X"):
            print(f"scratch_ols over {each}: {least['scratch_ols'] / least[each]:.2f}")
        print(
            f"peak memory, mapped pages included: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB"
        )


if __name__ == "__main__":
    main(int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else 3_000_000)
