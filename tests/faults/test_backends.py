"""Whatever a backend or a dataset does, it costs its own cell alone: through the real command."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.conftest import Linbench

Suite = Callable[..., Path]

FAULTS = {
    "fake_raises": ("error", "RuntimeError: the matrix is on fire"),
    "fake_segfaults": ("crashed", "SIGSEGV"),
    "fake_exits": ("crashed", "exited with status 7"),
    "fake_systemexits": ("crashed", "exited with status 3"),
    "fake_killed": ("crashed", "SIGKILL, which the system sends when memory runs out"),
    "fake_givesnan": ("diverged", "not finite"),
    "fake_wrongshape": ("error", "coefficients of shape (2,), wanted (1,)"),
    "fake_nofit": ("error", "solve gave list, wanted Fit"),
    "fake_refuses": ("unsupported", "use scratch_ols"),
    "fake_nolibrary": ("missing", "install no-such-library"),
    "fake_writestoinput": ("error", "read-only"),
    "fake_crasheslater": ("crashed", "exited with status 9"),
}


def wait_for(happened: Callable[[], object], seconds: float = 60) -> None:
    """Look until something has happened; fail when it has not in good time."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_every_fault_is_a_row_and_costs_no_other_cell(linbench: Linbench, suite: Suite) -> None:
    file = suite("fake_honest", "scratch_ols", *FAULTS, "numpy_lstsq")
    done = linbench("run", file, "--format", "json")
    assert done.code == 3, done.err
    assert "Traceback" not in done.err
    rows = done.rows()
    for name, (status, words) in FAULTS.items():
        assert (rows[name]["status"], words in rows[name]["reason"]) == (status, True), rows[name]
        assert "\n" not in rows[name]["reason"]
    for name in ("fake_honest", "scratch_ols", "numpy_lstsq"):
        assert rows[name]["status"] == "ok", rows[name]
        assert rows[name]["seconds"]["samples"] >= 3


def test_a_hang_is_a_timeout_and_leaves_no_child(linbench: Linbench, suite: Suite, tmp_path: Path) -> None:
    pid_file = tmp_path / "child"
    hang = f'use = "fake_hangswithchild"\npid_file = "{pid_file}"'
    done = linbench("run", suite("fake_hangs", hang, "fake_honest", plan="limit = 1"), "--format", "json")
    assert done.code == 3, done.err
    rows = done.rows()
    for name in ("fake_hangs", "fake_hangswithchild"):
        assert rows[name]["status"] == "timeout"
        assert "limit of 1 s" in rows[name]["reason"]
    assert rows["fake_honest"]["status"] == "ok"
    wait_for(lambda: not psutil.pid_exists(int(pid_file.read_text())))


def test_eating_memory_is_out_of_memory(linbench: Linbench, suite: Suite) -> None:
    done = linbench("run", suite("fake_eatsmemory", "fake_honest", plan='memory = "400 MiB"'), "--format", "json")
    assert done.code == 3, done.err
    rows = done.rows()
    assert rows["fake_eatsmemory"]["status"] == "out_of_memory"
    assert rows["fake_honest"]["status"] == "ok"


def test_a_library_that_prints_disturbs_nothing(linbench: Linbench, suite: Suite) -> None:
    done = linbench("run", suite("fake_prints"), "--format", "json")
    assert done.code == 0, done.err
    assert done.rows()["fake_prints"]["status"] == "ok"


def test_fits_that_differ_are_said_to(linbench: Linbench, suite: Suite) -> None:
    row = linbench("run", suite("fake_differs"), "--format", "json").rows()["fake_differs"]
    assert row["differing_fits"]
    assert row["digits"] < 6, "the worst of the fits is shown"


def test_a_dataset_that_cannot_be_loaded_is_a_row(linbench: Linbench, suite: Suite, tmp_path: Path) -> None:
    broken = f'use = "csv"\npath = "{tmp_path}/nothing.csv"\nfeatures = ["a"]\ntarget = "b"'
    file = suite("scratch_ols", "numpy_lstsq", dataset=f'{broken}\n[[dataset]]\nuse = "advertising"')
    done = linbench("run", file, "--format", "json")
    assert done.code == 3
    by_dataset = {(row["dataset"], row["backend"]): row for row in done.json()["rows"]}
    for backend in ("scratch_ols", "numpy_lstsq"):
        assert by_dataset["csv", backend]["status"] == "error"
        assert "nothing.csv" in by_dataset["csv", backend]["reason"]
        assert by_dataset["advertising", backend]["status"] == "ok"


def test_only_missing_cells_is_nothing_measured(linbench: Linbench, suite: Suite) -> None:
    assert linbench("run", suite("fake_nolibrary")).code == 4


def test_a_backend_that_cannot_be_imported_is_a_suite_error(linbench: Linbench, suite: Suite) -> None:
    done = linbench("run", suite("fake_notthere"))
    assert done.code == 2
    assert "tests.no_such_module" in done.err
    assert len(done.err.strip().splitlines()) == 1


def start(words: list[str], cwd: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "harness", *words],
        cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def slow_suite(suite: Suite, cells: int = 6) -> Path:
    tags = [f'use = "fake_slow"\nseconds = 0.1\ntag = "{tag}"' for tag in range(cells)]
    return suite(*tags, name="slow")


def measured_lines(folder: Path) -> list[dict[str, object]]:
    lines = [line for path in folder.glob("results/runs/*.jsonl") for line in path.read_text().split("\n")[1:-1]]
    return [json.loads(line) for line in lines]


def test_kill_9_then_resume(linbench: Linbench, suite: Suite, tmp_path: Path, environment: dict[str, str]) -> None:
    file = slow_suite(suite)
    process = start(["run", str(file)], tmp_path, environment)
    wait_for(lambda: len(measured_lines(tmp_path)) >= 2)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert workers
    wait_for(lambda: not any(worker.is_running() and worker.status() != "zombie" for worker in workers))
    before = measured_lines(tmp_path)
    assert 2 <= len(before) < 6

    (run,) = tmp_path.glob("results/runs/*.jsonl")
    with run.open("a") as broken:
        broken.write('{"case": "half a li')
    assert linbench("show", "--format", "json").code == 0, "a half line is no obstacle"
    done = linbench("run", file, "--resume", "--format", "json")
    assert done.code == 0, done.err
    after = measured_lines(tmp_path)
    assert after[: len(before)] == before
    assert len({line["case"] for line in after if "case" in line}) == 6 == len(done.json()["rows"])
    assert len(list(tmp_path.glob("results/runs/*.jsonl"))) == 1


def test_resume_of_a_finished_run_starts_a_new_one(linbench: Linbench, suite: Suite, tmp_path: Path) -> None:
    file = suite("fake_honest")
    linbench("run", file)
    done = linbench("run", file, "--resume")
    assert done.code == 0
    assert "starting a new one" in done.err
    assert len(list(tmp_path.glob("results/runs/*.jsonl"))) == 2


def test_resume_refuses_a_suite_that_has_changed(
    linbench: Linbench, suite: Suite, tmp_path: Path, environment: dict[str, str]
) -> None:
    process = start(["run", str(slow_suite(suite))], tmp_path, environment)
    wait_for(lambda: measured_lines(tmp_path))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    done = linbench("run", slow_suite(suite, cells=7), "--resume")
    assert done.code == 2
    assert "has changed" in done.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_was_measured(
    number: signal.Signals, linbench: Linbench, suite: Suite, tmp_path: Path, environment: dict[str, str]
) -> None:
    file = slow_suite(suite)
    process = start(["run", str(file)], tmp_path, environment)
    wait_for(lambda: measured_lines(tmp_path))
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "--resume" in err
    assert "Traceback" not in err
    assert not any(worker.is_running() for worker in workers)
    done = linbench("run", file, "--resume", "--format", "json")
    assert len(done.json()["rows"]) == 6
    assert done.code == 0


def test_two_processes_cannot_write_one_run(
    linbench: Linbench, suite: Suite, tmp_path: Path, environment: dict[str, str]
) -> None:
    file = slow_suite(suite, cells=400)
    process = start(["run", str(file)], tmp_path, environment)
    try:
        wait_for(lambda: measured_lines(tmp_path))
        done = linbench("run", file, "--resume")
        assert done.code == 2
        assert "another process" in done.err
    finally:
        process.kill()
        process.communicate()
