"""A suite over environments, through the real command: rows, versions, resuming, interrupts."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.config import Suite as LoadedSuite
from harness.config import case_of
from harness.environments import EnvironmentRecord, environment_from_record
from harness.results import Store
from harness.runner import measure_new
from tests.conftest import Linbench
from tests.faults.test_backends import wait_for
from tests.support.wheels import offline_variables, write_wheelhouse

Suite = Callable[..., Path]

ENVIRONMENTS = {
    "good": 'requires = ["scikit-learn==1.0"]',
    "alike": 'requires = ["scikit-learn==1.1"]',
    "careless": 'requires = ["scikit-learn==2.0"]',
    "dies": 'requires = ["scikit-learn==3.0"]',
    "bare": 'requires = ["threadpoolctl"]',
    "nowhere": 'requires = ["scikit-learn==99"]',
    "future": 'requires = ["scikit-learn==1.0"]\npython = "3.99"',
}


def with_environments(suite: Suite, names: list[str], *backends: str, **more: str) -> Path:
    """A suite that runs in some of them."""
    path = suite(*backends, **more)
    tables = [f'[[environment]]\nname = "{name}"\n{ENVIRONMENTS.get(name, "")}\n' for name in names]
    path.write_text(path.read_text() + "".join(tables))
    return path


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    house = tmp_path_factory.mktemp("wheels")
    write_wheelhouse(house)
    cache = str(tmp_path_factory.mktemp("cache"))
    return {**offline_variables(house, tmp_path_factory.mktemp("uv")), "LINBENCH_CACHE": cache}


@pytest.fixture
def offline(environment: dict[str, str], wheels: dict[str, str]) -> None:
    """The command takes wheels from a folder, and keeps what it builds for the next test."""
    environment.update(wheels)


def by_environment(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["environment"]: row for row in rows}


@pytest.mark.slow
@pytest.mark.usefixtures("offline")
def test_every_environment_is_a_row_and_costs_no_other(linbench: Linbench, suite: Suite, tmp_path: Path) -> None:
    here = 'use = "numpy_lstsq"\nenvironments = ["default"]'
    file = with_environments(suite, [*ENVIRONMENTS], "sklearn_ols", here)
    done = linbench("run", file, "--format", "json")
    assert done.code == 3, done.err
    assert "Traceback" not in done.err
    rows = by_environment(done.json()["rows"])
    assert {name: row["status"] for name, row in rows.items()} == {
        "default": "ok",
        "good": "ok",
        "alike": "ok",
        "careless": "ok",
        "dies": "crashed",
        "bare": "missing",
        "nowhere": "missing",
        "future": "missing",
    }
    assert rows["good"]["coef"] == rows["alike"]["coef"], "the same program: the same to the last bit"
    assert rows["good"]["digits"] == rows["alike"]["digits"] > 14
    assert 2 < rows["careless"]["digits"] < 5
    assert "while importing its library: killed by SIGABRT" in rows["dies"]["reason"]
    assert rows["bare"]["reason"] == "No module named 'sklearn'; install scikit-learn"
    assert rows["nowhere"]["reason"].startswith("environment nowhere cannot be built: ")
    assert "scikit-learn==99" in rows["nowhere"]["reason"]
    assert "no Python 3.99 is installed" in rows["future"]["reason"]

    run = Store(tmp_path / "results").load()
    imported = {row.case.environment: row.worst.versions for row in run.rows}
    assert imported["careless"]["scikit-learn"] == "2.0"
    assert imported["careless"]["numpy"] == np.__version__
    assert imported["nowhere"] == {}, "never from what was asked for"
    assert [each.name for each in run.header.environments] == [*ENVIRONMENTS]
    assert run.header.environments[0] == EnvironmentRecord(name="good", requires=("scikit-learn==1.0",))

    pivot = linbench("show", "--pivot", "digits").out
    for name in ENVIRONMENTS:
        assert f"sklearn_ols {name}" in pivot


HERE = 'use = "fake_honest"'


def test_the_same_environment_twice_gives_the_same_to_the_last_bit(linbench: Linbench, suite: Suite) -> None:
    file = with_environments(suite, ["a", "b"], "scratch_ols", "scipy_lstsq", dataset='use = "nist_longley"')
    done = linbench("run", file, "--rounds", "2", "--format", "json")
    assert done.code == 0, done.err
    rows = done.json()["rows"]
    assert len(rows) == 4
    for backend in ("scratch_ols", "scipy_lstsq"):
        one, two = ((row["coef"], row["intercept"], row["digits"]) for row in rows if row["backend"] == backend)
        assert one == two


def test_environments_take_turns_within_a_dataset(linbench: Linbench, suite: Suite, tmp_path: Path) -> None:
    file = with_environments(suite, ["a", "b"], HERE)
    file.write_text(file.read_text().replace("seconds = 0.01", "seconds = 0.4"))  # some forty turns each, at random
    assert linbench("run", file).code == 0
    one, two = (each.order for each in Store(tmp_path / "results").load().measurements)
    assert max(one) > min(two)
    assert max(two) > min(one)
    assert sorted([*one, *two]) == [*range(len(one) + len(two))]


@pytest.mark.slow
def test_resume_holds_the_environments_to_what_they_were(linbench: Linbench, suite: Suite, tmp_path: Path) -> None:
    file = with_environments(suite, ["a", "b"], HERE)
    assert linbench("run", file).code == 0
    (path,) = (tmp_path / "results" / "runs").glob("*.jsonl")
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:2]) + "\n")
    done = linbench("run", file, "--resume", "--format", "json")
    assert done.code == 0, done.err
    assert {*by_environment(done.json()["rows"])} == {"a", "b"}
    path.write_text("\n".join(lines[:2]) + "\n")
    file.write_text(file.read_text().replace('name = "b"', 'name = "b"\nrequires = ["scikit-learn==1.0"]'))
    done = linbench("run", file, "--resume")
    assert (done.code, "the suite has changed" in done.err) == (2, True)


class Silent:
    """An observer that hears nothing."""

    def planned(self, *told: object) -> None: ...

    def doing(self, what: str) -> None: ...

    def measured(self, measurement: object) -> None: ...


def test_a_run_can_be_measured_again_from_what_it_says_of_itself(
    linbench: Linbench, suite: Suite, tmp_path: Path
) -> None:
    file = with_environments(suite, ["a", "b"], "numpy_lstsq")
    assert linbench("run", file).code == 0
    store = Store(tmp_path / "results")
    header = store.load().header
    again = LoadedSuite(
        name="again",
        description="",
        path=file,
        plan=header.plan,
        cases=tuple(map(case_of, header.cases)),
        environments=tuple(map(environment_from_record, header.environments)),
    )
    measured = measure_new(again, store, Silent())
    assert [(row.case.environment, row.status) for row in measured.rows] == [("a", "ok"), ("b", "ok")]
    for key in ("environments", "cases", "plan"):
        assert getattr(measured.header, key) == getattr(header, key)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_building_keeps_what_there_is(
    number: int, suite: Suite, environment: dict[str, str], tmp_path: Path
) -> None:
    trap = tmp_path / "trap"
    trap.mkdir()
    uv = trap / "uv"
    uv.write_text(f"#!/bin/sh\nmkdir -p {trap}/$$\nexec sleep 600\n")
    uv.chmod(0o755)
    cache = tmp_path / "cache"
    environment |= {"PATH": f"{trap}{os.pathsep}{os.environ['PATH']}", "LINBENCH_CACHE": str(cache)}
    file = with_environments(suite, ["good", "careless"], "sklearn_ols")
    command = [sys.executable, "-m", "harness", "run", str(file)]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as running:
        wait_for(lambda: len([*trap.iterdir()]) == 3)
        running.send_signal(number)
        _, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "interrupted with 0 of 2 measured" in err
    assert "Traceback" not in err
    for pid in (each.name for each in trap.iterdir() if each.name.isdigit()):
        assert not Path(f"/proc/{pid}").exists()
    assert [*(cache / "environments" / "building").iterdir()] == []
    assert not (cache / "environments" / "made").exists()
    assert json.loads((next((tmp_path / "results" / "runs").iterdir())).read_text().splitlines()[0])["environments"]
