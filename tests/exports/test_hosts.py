"""A run on several machines: other programs compare what bears one name, so each machine has a name of its own."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import duckdb
import numpy as np
import pytest

from harness.exports.base import export
from harness.machine import Host, Machine
from harness.results import Run
from tests.support.runs import measured

ONE, TWO = "one/scratch_ols/cpu/float64", "two/scratch_ols/cpu/float64"
BOTH = "both/scratch_ols/cpu/float64"


@pytest.fixture
def spread(another: Callable[..., Run]) -> Run:
    """Begun on machine one; a case on each of two hosts, and one with a round on either."""
    rng = np.random.default_rng(0)
    places = [(ONE, 0, "a"), (TWO, 0, "b"), (BOTH, 0, "a"), (BOTH, 1, "b")]
    return another(
        *(
            replace(measured(rng, case, round_), host=Host(machine=Machine(id=at * 6, cpu=f"{at} processor")))
            for case, round_, at in places
        )
    )


def test_asv_has_a_folder_for_each_machine_with_what_was_measured_there(spread: Run, tmp_path: Path) -> None:
    export(spread, "asv", tmp_path)
    found = {path.parent.name: json.loads(path.read_text()) for path in tmp_path.glob("*/*-threads1.json")}
    names = {machine: {name.split(".")[1] for name in each["results"]} for machine, each in found.items()}
    mixed = next(name for name in names if name.startswith("aaaaaa_bbbbbb"))
    assert names == {"aaaaaa": {"one"}, "bbbbbb": {"two"}, mixed: {"both"}}
    assert json.loads((tmp_path / "bbbbbb/machine.json").read_text())["cpu"] == "b processor"
    assert len(json.loads((tmp_path / "benchmarks.json").read_text())) == 3 * 3 + 1


def test_names_that_are_compared_over_time_say_the_machine(spread: Run) -> None:
    wanted = [f"{ONE} on aaaaaa", f"{TWO} on bbbbbb", f"{BOTH} on aaaaaa+bbbbbb"]
    assert [each["name"] for each in json.loads(export(spread, "github-action") or "")] == wanted
    assert [*json.loads(export(spread, "bencher") or "")] == wanted


def test_every_line_names_its_own_machine(spread: Run, tmp_path: Path) -> None:
    export(spread, "parquet", tmp_path / "all.parquet")
    found = duckdb.read_parquet(str(tmp_path / "all.parquet")).project('"case", machine')
    assert sorted(found.fetchall()) == [(BOTH, "aaaaaa"), (BOTH, "bbbbbb"), (ONE, "aaaaaa"), (TWO, "bbbbbb")]
    benchmarks = json.loads(export(spread, "pytest-benchmark") or "")["benchmarks"]
    assert [each["extra_info"]["machine"] for each in benchmarks] == ["aaaaaa", "bbbbbb", "aaaaaa+bbbbbb"]
    suites = ET.fromstring(export(spread, "junit") or "").findall("testsuite")
    assert [each.get("hostname") for each in suites] == ["aaaaaa", "bbbbbb", "aaaaaa+bbbbbb"]
