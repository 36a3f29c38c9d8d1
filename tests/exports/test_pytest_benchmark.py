"""pytest-benchmark's JSON, read by pytest-benchmark itself."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_benchmark.stats import Stats

from harness.exports.base import export
from harness.exports.pytest_benchmark import statistics
from harness.machine import Machine
from harness.results import Run
from tests.exports.conftest import ABSENT, FINE, LATE, LOST, NASTY, SLOW, WILD, mixture
from tests.support.runs import measured


def compare(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "pytest_benchmark", f"--storage=file://{folder}", "compare", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    return done.stdout + done.stderr


def test_two_runs_are_compared_by_its_own_command(run: Run, another: Callable[..., Run], tmp_path: Path) -> None:
    storage = tmp_path / "storage" / "machine"
    storage.mkdir(parents=True)
    later = another(*mixture(), measured(np.random.default_rng(1), "pi_line/scratch_ols/cpu/float64"))
    for number, each in enumerate((run, later), 1):
        export(each, "pytest-benchmark", storage / f"000{number}_x.json")
    said = compare(storage.parent, "--csv=out.csv", "--columns=min,median,stddev,outliers,ops,rounds,iterations")
    assert "Failed to load" not in said
    with (storage.parent / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 + 4
    fine = next(row for row in run.rows if row.case.id == FINE)
    medians = [float(row["median"]) for row in rows if "scratch_ols" in row["name"]]
    assert min(abs(each - np.median(fine.samples)) for each in medians) < 1e-12
    for group in ("linear[n_features=3]", "pi_line"):
        assert group in said


def test_what_has_no_time_stands_apart(run: Run) -> None:
    whole = json.loads(export(run, "pytest-benchmark") or "")
    assert [each["fullname"] for each in whole["benchmarks"]] == [FINE, SLOW, NASTY]
    assert {each["case"]: each["status"] for each in whole["linbench"]["absent"]} == {
        LATE: "timeout", LOST: "crashed", ABSENT: "missing", WILD: "diverged",
    }  # fmt: skip


def test_where_and_what_was_measured_is_told(run: Run) -> None:
    whole = json.loads(export(run, "pytest-benchmark") or "")
    assert whole["datetime"] == run.header.started
    assert whole["commit_info"]["id"] == "00000000" * 5
    assert whole["machine_info"]["cpu"]["brand_raw"] == "A processor"
    assert whole["benchmarks"][0]["stats"]["data"] == list(run.rows[0].samples)
    assert whole["benchmarks"][1]["extra_info"]["status"] == "not_converged"


def test_a_run_outside_of_a_repository(another: Callable[..., Run]) -> None:
    bare = another(measured(np.random.default_rng(0)), commit=None, machine=Machine())
    assert json.loads(export(bare, "pytest-benchmark") or "")["commit_info"]["id"] == "unversioned"


EQUAL = ("min", "max", "mean", "stddev", "rounds", "median", "total", "stddev_outliers", "ops")


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.floats(1e-9, 10.0), min_size=1, max_size=40))
def test_figures_are_those_that_it_works_out_itself(samples: list[float]) -> None:
    theirs: Any = Stats()
    for each in samples:
        theirs.update(each)
    ours = statistics(samples, 3)
    for key in EQUAL if ours["stddev"] > 1e-9 * ours["mean"] else ("min", "max", "rounds", "median"):
        assert ours[key] == pytest.approx(getattr(theirs, key), rel=1e-9), key
    assert ours["iterations"] == 3
    assert ours["q1"] <= ours["median"] <= ours["q3"]
    assert ours["min"] <= ours["ld15iqr"] <= ours["hd15iqr"] <= ours["max"]
    assert set(ours) >= {"iqr", "iqr_outliers", "outliers", "data"}


def test_equal_samples_have_no_spread() -> None:
    ours = statistics([0.5] * 7, 1)
    assert (ours["stddev"], ours["iqr"], ours["outliers"], ours["ops"]) == (0.0, 0.0, "0;0", 2.0)
    assert statistics([0.0], 1)["ops"] == 0.0
