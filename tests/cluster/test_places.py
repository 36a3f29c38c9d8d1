"""What ``--on`` takes: places that are none, libraries that are not there, and Slurm as far as its commands tell."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.cluster import dask_pool, where
from harness.cluster.protocol import Inquiry
from harness.cluster.where import check_place, pool_at
from harness.config.cluster import Cluster
from harness.errors import ClusterError, UsageError
from harness.results import load_run
from tests.support.caches import fresh_cache
from tests.support.clusters import SUITE, check_whole, run_file
from tests.support.paths import ROOT


@pytest.mark.parametrize("place", ["moon", "tcp://", "http://there:8786", "dask "])
def test_what_is_no_place_is_refused_in_one_line(place: str) -> None:
    with pytest.raises(UsageError, match="wanted dask, slurm, or a scheduler's address: tcp://HOST:8786"):
        check_place(place)


@pytest.mark.parametrize(
    ("place", "wanted"),
    [("dask", r"needs distributed; pip install 'linbench\[dask\]'"),
     ("tls://there:1", r"needs distributed; pip install 'linbench\[dask\]'"),
     ("slurm", r"needs distributed and dask_jobqueue; pip install 'linbench\[slurm\]'")],
)  # fmt: skip
def test_a_library_that_is_not_there_is_named(place: str, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(where, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=wanted):
        check_place(place)


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_pool, "CONNECT", 0.5)
    with (
        pytest.raises(ClusterError, match=r"--on tcp://127\.0\.0\.1:1: no scheduler answers there"),
        pool_at("tcp://127.0.0.1:1", Cluster(), Inquiry(run="none")),
    ):
        pass


def test_more_processes_than_processors_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    many: Any = {0, 1}
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: many, raising=False)
    with (
        pytest.raises(UsageError, match=r"workers: got 3, wanted at most the 2 processors"),
        pool_at("dask", Cluster(workers=3), Inquiry(run="none")),
    ):
        pass


SBATCH = """#!/bin/sh
[ "$1" = --test-only ] && exec cat >/dev/null
cp "$1" "$JOBS/script"
setsid sh "$JOBS/script" >"$JOBS/out" 2>&1 &
echo $! >"$JOBS/pid"
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/sh
kill -- -"$1"
"""


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("dask_jobqueue") is None, reason="dask-jobqueue is not installed")
def test_slurm_is_asked_for_what_the_suite_says_and_the_run_is_whole(tmp_path: Path) -> None:
    """With an `sbatch` that runs the job's script at once."""
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    asks = ["[cluster]", "cores = 2", 'memory = "2 GiB"', 'queue = "short"', 'directives = ["--exclusive"]']
    (tmp_path / "two.toml").write_text("\n".join([SUITE, *asks, 'prologue = [": hello"]']))
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    own = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "JOBS": str(tmp_path), "PYTHONPATH": path,
           "LINBENCH_CACHE": str(fresh_cache(tmp_path / "cache"))}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "harness", "run", "two.toml", "--on", "slurm"],
        cwd=tmp_path, env={**os.environ, **own}, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = run_file(tmp_path)
    assert found is not None
    check_whole(load_run(found))
    script = (tmp_path / "script").read_text()
    for line in ("#SBATCH -p short", "#SBATCH --cpus-per-task=2", "#SBATCH --mem=2G", "#SBATCH --exclusive", ": hello"):
        assert line in script
