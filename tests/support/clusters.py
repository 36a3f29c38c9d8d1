"""A Dask scheduler with two workers, as processes that can be killed; and runs on them that are."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from harness.results import Run, load_run
from tests.support.caches import fresh_cache
from tests.support.paths import ROOT

Victim = Literal["worker", "scheduler", "parent"]

SUITE = """
name = "two"
[plan]
rounds = 3
seconds = 0.01
[[dataset]]
use = "linear"
n_samples = [50, 100, 200]
[[backend]]
use = "numpy_lstsq"
[[backend]]
use = "scratch_ols"
"""
PLANNED = 3 * 2 * 3
PATIENCE = 120.0

ENVIRONMENT = {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}


def start(folder: Path, *words: str, log: str = "", **variables: str) -> subprocess.Popen[bytes]:
    """A command of Python's in a session of its own, its words in a file."""
    with (folder / (log or f"{time.monotonic_ns()}.log")).open("wb") as file:
        environment = {**os.environ, **ENVIRONMENT, "LINBENCH_CACHE": str(fresh_cache(folder / "cache")), **variables}
        return subprocess.Popen(
            [sys.executable, "-m", *words], cwd=folder, env=environment, stdout=file, stderr=file,
            start_new_session=True,
        )  # fmt: skip


def kill(process: subprocess.Popen[bytes]) -> None:
    """As the system does it when memory runs out: this process, and not one that it started."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def until(what: Callable[[], object]) -> None:
    """Wait until something holds.

    Raises
    ------
    TimeoutError
        When it does not come to hold.
    """
    deadline = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not happen")
        time.sleep(0.02)


class Ground:
    """A scheduler and two workers, each worker on a loopback address of its own, as if on two machines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scheduler = start(folder, "dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                               log="scheduler.log")  # fmt: skip
        until(lambda: re.search(r"Scheduler at:\s+tcp://", self._said()))
        found = re.search(r"Scheduler at:\s+(tcp://\S+)", self._said())
        assert found is not None
        self.address = found[1]
        self.workers = [
            start(folder, "dask", "worker", self.address, "--host", f"127.0.0.{i}", "--nthreads", "1", "--no-nanny",
                  "--no-dashboard", "--resources", "slot=1", "--memory-limit", "0")
            for i in (2, 3)
        ]  # fmt: skip

    def _said(self) -> str:
        return (self.folder / "scheduler.log").read_text()

    def end(self) -> None:
        for each in (*self.workers, self.scheduler):
            kill(each)


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """As long as the context lasts."""
    found = Ground(folder)
    try:
        yield found
    finally:
        found.end()


def run_file(folder: Path) -> Path | None:
    return next(iter((folder / "results" / "runs").glob("*.jsonl")), None)


def rows_in(folder: Path) -> int:
    """Measurements that are on disk by now."""
    path = run_file(folder)
    return 0 if path is None else path.read_bytes().count(b'\n{"case":')


def linbench(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    return start(folder, "harness", "run", "two.toml", *words)


def survive(folder: Path, victim: Victim, after: int) -> Run:
    """A run on two workers, one of its processes killed once so many rows are on disk, resumed until it is whole."""
    (folder / "two.toml").write_text(SUITE)
    with ground(folder) as there:
        parent = linbench(folder, "--on", there.address)
        until(lambda: rows_in(folder) >= after or parent.poll() is not None)
        kill({"worker": there.workers[0], "scheduler": there.scheduler, "parent": parent}[victim])
        code = parent.wait(PATIENCE)
    if victim == "worker":
        assert code == 0, "the other worker finishes the run"
    elif rows_in(folder) < PLANNED:
        assert code == (-signal.SIGKILL if victim == "parent" else 2)
        assert linbench(folder, "--resume").wait(PATIENCE) == 0
    path = run_file(folder)
    assert path is not None
    return load_run(path)


def check_whole(run: Run) -> None:
    """All cases of all rounds are there, once, and all went well."""
    found = Counter((each.case, each.round) for each in run.measurements)
    assert found == Counter((key.id, number) for key in run.header.cases for number in range(3))
    assert {each.status for each in run.measurements} == {"ok"}
    assert run.finished


def answers(run: Run) -> dict[tuple[str, int], object]:
    """What must be the same bit for bit, wherever it was measured."""
    return {(m.case, m.round): (m.coef, m.intercept, m.scores["digits"], m.data) for m in run.measurements}
