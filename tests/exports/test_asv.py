"""asv's results, published by asv itself."""

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import NothingToShow, StoreError
from harness.exports.base import export
from harness.machine import Commit
from harness.results import Run
from tests.exports.conftest import FINE, SLOW, mixture
from tests.support.runs import measured


def results(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((folder / "one").glob("*-threads1.json"))]


def named(found: dict[str, Any], dataset: str, quantity: str) -> dict[str, Any]:
    (name,) = [each for each in found if each.startswith(f"linbench.{dataset}") and each.endswith(quantity)]
    return dict(zip(COLUMNS, found[name], strict=False))


COLUMNS = [
    "result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b", "stats_q_25",
    "stats_q_75", "stats_number", "stats_repeat", "samples",
]  # fmt: skip


def test_failed_is_null_and_what_was_never_to_be_had_is_nan(run: Run, tmp_path: Path) -> None:
    export(run, "asv", tmp_path)
    (whole,) = results(tmp_path)
    assert whole["result_columns"] == COLUMNS
    linear = named(whole["results"], "linear", "time_fit")
    assert linear["params"] == [
        ["'scratch_ols/cpu/float64'", "'scratch_gd[epochs=5]/cpu/float32'", "'torch_linear/cpu/float64'"]
    ]
    medians = {row.case.id: row.timing.median for row in run.rows if row.timing}
    assert linear["result"] == [medians[FINE], medians[SLOW], None]
    assert [len(each) if each else each for each in linear["samples"]] == [40, 1, None]
    crashed, missing, diverged = named(whole["results"], "pi_line", "time_fit")["result"]
    assert (crashed, diverged) == (None, None)
    assert math.isnan(missing)
    lost = named(whole["results"], "linear", "track_lost_digits")["result"]
    assert lost == [3.5, 14.0, None], "less is better to asv"
    assert named(whole["results"], "linear", "peakmem_fit")["result"][0] == 90_000_000


def test_a_later_run_is_added_to_what_is_there(run: Run, another: Callable[..., Run], tmp_path: Path) -> None:
    export(run, "asv", tmp_path)
    rng = np.random.default_rng(0)
    export(another(measured(rng, "linear[n_features=3]/jax_ols/cpu/float64")), "asv", tmp_path)
    assert len(results(tmp_path)) == 2
    benchmarks = json.loads((tmp_path / "benchmarks.json").read_text())
    (name,) = [each for each in benchmarks if "linear" in each and each.endswith("time_fit")]
    assert "'jax_ols/cpu/float64'" in benchmarks[name]["params"][0]
    assert "'scratch_ols/cpu/float64'" in benchmarks[name]["params"][0]


def test_labels_that_differ_in_what_a_file_name_cannot_hold_stay_apart(
    another: Callable[..., Run], tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    export(another(*(measured(rng, f"d[{sign}]/b/cpu/float64") for sign in "<>")), "asv", tmp_path)
    (whole,) = results(tmp_path)
    assert len([name for name in whole["results"] if name.endswith("time_fit")]) == 2


def test_a_run_without_a_commit_has_no_place_in_asv(another: Callable[..., Run], tmp_path: Path) -> None:
    with pytest.raises(NothingToShow, match="outside of a repository"):
        export(another(*mixture(), commit=None), "asv", tmp_path / "out")


@pytest.mark.parametrize("text", ["{", "[]", "5"])
def test_a_list_of_benchmarks_that_cannot_be_read_is_not_written_over(run: Run, tmp_path: Path, text: str) -> None:
    path = tmp_path / "benchmarks.json"
    path.write_text(text)
    with pytest.raises(StoreError, match=r"benchmarks\.json: not .*remove it"):
        export(run, "asv", tmp_path)
    assert path.read_text() == text


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_asv_publishes_what_was_exported(another: Callable[..., Run], tmp_path: Path) -> None:
    pytest.importorskip("asv", reason="asv is not installed")
    project = tmp_path / "project"
    project.mkdir()
    git(project, "init", "-q", "-b", "main")
    rng = np.random.default_rng(0)
    for hours in range(3):
        git(project, "commit", "-q", "--allow-empty", "-m", f"commit {hours}")
        commit = Commit(id=git(project, "rev-parse", "HEAD"), time=git(project, "log", "-1", "--format=%cI"))
        extra = [measured(rng, "linear[n_features=3]/jax_ols/cpu/float64")] if hours else []
        export(another(*mixture(), *extra, hours=hours, commit=commit), "asv", project / "results")
    (project / "asv.conf.json").write_text(
        json.dumps({"version": 1, "project": "p", "repo": ".", "branches": ["main"], "environment_type": "existing",
                    "results_dir": "results", "html_dir": "html"})
    )  # fmt: skip
    command = [sys.executable, "-m", "asv", "publish", "--no-pull"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kipping" not in done.stdout, done.stdout
    index = json.loads((project / "html" / "index.json").read_text())
    assert len(index["revision_to_hash"]) == 3
    assert len(index["benchmarks"]) == 9
    assert "one" in index["machines"]
    graphs = [path for path in (project / "html" / "graphs").rglob("*time_fit.json") if "arch-x86_64" in str(path)]
    assert len(graphs) == 3
    (linear,) = [path for path in graphs if "linear" in path.name]
    points = json.loads(linear.read_text())
    assert len(points) == 3
    (name,) = [each for each in index["benchmarks"] if "linear" in each and each.endswith("time_fit")]
    backends = index["benchmarks"][name]["params"][0]
    drawn = [dict(zip(backends, values, strict=True)) for _, values in points]
    assert drawn[0]["'jax_ols/cpu/float64'"] is None
    assert drawn[1]["'jax_ols/cpu/float64'"] == pytest.approx(1e-3, rel=0.2)
    assert all(each["'scratch_ols/cpu/float64'"] == pytest.approx(1e-3, rel=0.2) for each in drawn)
    assert all(each["'torch_linear/cpu/float64'"] is None for each in drawn)
