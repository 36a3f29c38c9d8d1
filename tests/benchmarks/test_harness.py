"""What the harness itself costs: planning, a worker's start, a sample, a line on disk, a look at a large run."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends.base import Library
from harness.config import load_suite
from harness.history import history
from harness.machine import Machine
from harness.reports.layout import Screen, lay_out
from harness.reports.sheets.table import table
from harness.results import Measurement, Run, Store, load_run
from harness.runner.library_worker import LibraryWorker
from harness.runner.ongoing import Ongoing
from harness.runner.problems import ProblemStore
from tests.support import suites
from tests.support.fakes import NoOp
from tests.support.paths import ROOT
from tests.support.runs import measured, write_run
from tests.support.scripted import DirectLoader

Benchmark = Any
CASES = [f"d{i // 20}/b{i % 20}/cpu/float64" for i in range(500)]
SAMPLES = 200
NUMPY = Library("numpy", "numpy")
NOTHING = suites.case(NoOp())


def test_planning(benchmark: Benchmark) -> None:
    """The default suite: read, checked, unfolded into cases."""
    benchmark.group = "planning"
    benchmark(load_suite, "default")


def test_worker_start(benchmark: Benchmark, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh process until NumPy is imported and it says so."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    benchmark.group = "worker"

    def start() -> None:
        worker = LibraryWorker(NUMPY, device="cpu", threads=1, memory=2**31)
        worker.greeting()
        worker.end()

    benchmark.pedantic(start, rounds=5, warmup_rounds=1)


@pytest.fixture
def at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LibraryWorker, int]]:
    """A worker with a case open that does nothing, and the samples of one of its turns."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    process = LibraryWorker(NUMPY, device="cpu", threads=1, memory=2**31)
    process.greeting()
    problem = ProblemStore(tmp_path, tmp_path, DirectLoader()).problem(NOTHING)
    process.open(NOTHING, problem, 60)
    case = Ongoing(NOTHING, problem, 60)
    start = time.monotonic()
    calibrated = process.sample(NOTHING, 1, 60)
    case.take(calibrated, 0, time.monotonic() - start)
    yield process, case.samples_per_turn()
    process.end()


def test_samples_of_nothing(benchmark: Benchmark, at_work: tuple[LibraryWorker, int]) -> None:
    """Turns of a backend that does nothing; what is neither call nor control is the harness.

    The extra information has it as ``overhead_seconds_a_sample``, over 200 samples, and how many a turn had.
    """
    benchmark.group = "worker"
    process, samples = at_work
    inside: list[float] = []

    def turn() -> None:
        answer = process.sample(NOTHING, samples, 60)
        inside.append(answer.repeats * sum(answer.seconds) + sum(answer.control))

    turns = -(-SAMPLES // samples)
    benchmark.pedantic(turn, rounds=turns, warmup_rounds=1)
    overhead = benchmark.stats.stats.total - sum(inside[1:])
    benchmark.extra_info["overhead_seconds_a_sample"] = overhead / (turns * samples)
    benchmark.extra_info["samples_a_turn"] = samples


def test_small_run(benchmark: Benchmark, tmp_path: Path) -> None:
    """The whole command: NumPy, scikit-learn, statsmodels and torch on two datasets, five samples, one round."""
    benchmark.group = "whole run"
    suite = Path(__file__).with_name("small.toml")

    def run() -> None:
        subprocess.run(
            [sys.executable, "-m", "harness", "run", str(suite), "--results", str(tmp_path)],
            check=True,
            capture_output=True,
        )

    benchmark.pedantic(run, rounds=3, warmup_rounds=1)


def test_append(benchmark: Benchmark, tmp_path: Path) -> None:
    """A measurement of 100 samples on disk, with all that makes it safe against a crash."""
    benchmark.group = "run file"
    writer = Store(tmp_path).create(suites.suite_of(), Machine(), None)
    one = measured(np.random.default_rng(0), samples=100)
    benchmark(writer.append, one)
    writer.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """500 cases in 20 rounds of 20 samples."""
    rng = np.random.default_rng(0)
    speeds = rng.uniform(1e-3, 3e-3, len(CASES))
    lines: list[Measurement] = [
        measured(rng, case, number, seconds=speed, samples=20)
        for number in range(20)
        for case, speed in zip(CASES, speeds, strict=True)
    ]
    return write_run(tmp_path_factory.mktemp("large"), 0, lines)


def test_load_a_large_run(benchmark: Benchmark, large: Path) -> None:
    benchmark.group = "large run: 500 cases in 20 rounds"
    benchmark.pedantic(load_run, args=(large,), rounds=3, warmup_rounds=1)


def test_show_a_large_run(benchmark: Benchmark, large: Path) -> None:
    """Read and laid out as text, as `linbench show` does."""
    benchmark.group = "large run: 500 cases in 20 rounds"

    def show() -> Run:
        run = load_run(large)
        lay_out(table(run), "text", Screen(width=250))
        return run

    benchmark.pedantic(show, rounds=3, warmup_rounds=1)


def test_history_of_a_thousand_runs(benchmark: Benchmark, tmp_path_factory: pytest.TempPathFactory) -> None:
    """1,000 runs of 60 cases."""
    benchmark.group = "history"
    folder = tmp_path_factory.mktemp("history")
    rng = np.random.default_rng(0)
    cases = CASES[:60]
    paths = [write_run(folder, hour, [measured(rng, case, samples=20) for case in cases]) for hour in range(1000)]
    benchmark.pedantic(history, args=(paths, ""), rounds=3, warmup_rounds=1)
