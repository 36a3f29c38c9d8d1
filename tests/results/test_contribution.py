"""A run to give to others: nothing in it names anybody, and it reads back as the same run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.errors import StoreError
from harness.results import load_run
from harness.results.contribution import contribution
from tests.conftest import Linbench, Suite
from tests.support.runs import key, measured, write_run

RNG = np.random.default_rng(0)
HOME = "/home/alice/work"


def test_times_keep_five_digits_and_everything_else_stays(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path, 0, [measured(RNG)]))
    path = tmp_path / "given.jsonl"
    path.write_bytes(contribution(run, ()))
    back = load_run(path)
    assert back.header == run.header
    assert back.finished == run.finished
    (one,), (other,) = run.measurements, back.measurements
    assert replace(one, seconds=(), control=()) == replace(other, seconds=(), control=())
    np.testing.assert_allclose(other.seconds, one.seconds, rtol=1e-4)
    assert len(path.read_bytes()) < run.path.stat().st_size


def test_folders_are_left_out_everywhere_alike(tmp_path: Path) -> None:
    case = f'csv[path="{HOME}/houses.csv"]/ols/cpu/float64'
    planned = key("csv/ols/cpu/float64", id=case, dataset_options={"path": f"{HOME}/houses.csv", "target": "a/b"})
    lost = measured(RNG, status="error", reason=f"mine.py: cannot open '{HOME}/x.bin': 3 m/s")
    run = load_run(write_run(tmp_path, 0, [replace(lost, case=case)], cases=[planned]))
    path = tmp_path / "given.jsonl"
    path.write_bytes(contribution(run, ["alice"]))
    (row,) = load_run(path).rows
    assert row.case.id == 'csv[path="houses.csv"]/ols/cpu/float64'
    assert row.case.dataset_options == {"path": "houses.csv", "target": "a/b"}
    assert row.worst.reason == "mine.py: cannot open 'x.bin': 3 m/s"


def test_a_name_that_is_left_is_refused_and_said(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path, 0, [measured(RNG, notes=("measured on workhorse7",))]))
    with pytest.raises(StoreError, match="'workhorse7', which names its user or machine"):
        contribution(run, ["workhorse7"])
    assert contribution(run, ["horse"]), "a part of another word is no name"


def test_the_command_writes_it_and_says_what_to_do(linbench: Linbench, suite: Suite, tmp_path: Path) -> None:
    done = linbench("run", suite("numpy_lstsq"), "--contribute")
    assert done.code == 0, done.err
    (path,) = (tmp_path / "results/contributions").glob("*.jsonl")
    assert f"contribution: results/contributions/{path.name}" in done.err
    assert "results/published/" in done.err
    assert str(tmp_path) not in path.read_text()
    assert len(load_run(path).header.load) == 3
