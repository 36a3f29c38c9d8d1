"""The case asked for, releases in environments of their own, and the command, over a table of releases and for real."""

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from packaging.version import Version
from typer.testing import CliRunner

from harness.bisect.measure import Releases, checked_programs, chosen_case
from harness.bisect.releases import _query_pip, parse_range
from harness.catalog import backend_class
from harness.cli import app
from harness.config import Case, Suite, load_suite
from harness.environments import Environment
from harness.errors import LinbenchError, UsageError
from harness.results import Run, Store
from tests.bisect.test_bisect import TEN, What, lost
from tests.bisect.test_releases import WHEEL, alone  # noqa: F401 - a fixture
from tests.conftest import Linbench
from tests.support import runs, suites
from tests.support.engine import FAKE
from tests.support.wheels import offline_variables, write_wheelhouse

SUITE = """
name = "mine"
[plan]
seconds = 0.01
precision = 0.05
[[environment]]
name = "old"
requires = ["numpy==2.0.0"]
[[dataset]]
use = "advertising"
[[dataset]]
use = "linear"
[[backend]]
use = "sklearn_ols"
[[backend]]
use = "scipy_lstsq"
driver = ["gelsd", "gelsy"]
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(SUITE)
    return path


@pytest.mark.parametrize(
    ("wanted", "case"),
    [
        ("linear/sklearn_ols/cpu/float64", "linear/sklearn_ols/cpu/float64"),
        ("advertising/sk", "advertising/sklearn_ols/cpu/float64"),
        ("lin*gelsy", "linear/scipy_lstsq[driver=gelsy]/cpu/float64"),
    ],
)
def test_a_case_by_its_id_or_a_pattern_whatever_the_environments(mine: Path, wanted: str, case: str) -> None:
    found = chosen_case(load_suite(mine), wanted)
    assert (found.id, found.environment) == (case, "default")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("sklearn", "2 cases of suite 'mine' match, wanted one: advertising/sklearn_ols/cpu/float64, linear/"),
        ("linear/sklaern_ols", "no case of suite 'mine' matches; there are linear/sklearn_ols/cpu/float64, "),
        ("zzz", "no case of suite 'mine' matches; there are advertising/"),
    ],
)
def test_a_case_that_is_not_one(mine: Path, wanted: str, words: str) -> None:
    with pytest.raises(UsageError) as error:
        chosen_case(load_suite(mine), wanted)
    assert words in str(error.value)


class Measured:
    """In place of `harness.runner.measure_new`: the cases of a suite as a table of releases says they are."""

    def __init__(self, table: Mapping[str, What]) -> None:
        self.table = table
        self.suites: list[Suite] = []
        self.stopping: object = None

    def __call__(self, suite: Suite, store: Store, observer: object, stopping: object = None, **_: object) -> Run:
        self.suites.append(suite)
        self.stopping = stopping
        rng = np.random.default_rng(len(self.suites))
        measurements = tuple(
            runs.measured(rng, case.id, i, **self.table.get(case.environment.rpartition("-")[2], {}))
            for i in range(suite.plan.rounds)
            for case in suite.cases
        )
        header = runs.header(0, [case.key for case in suite.cases], plan=suite.plan, run=f"run{len(self.suites)}")
        return Run(Path("x"), header, measurements, "then")


@pytest.mark.parametrize("status", ["missing", "error", "crashed", "unsupported"])
def test_no_round_follows_one_in_which_a_release_did_not_run(mine: Path, tmp_path: Path, status: str,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    measured = Measured({})
    monkeypatch.setattr("harness.runner.variants.measure_new", measured)
    checked = load_suite(mine)
    observer: Any = None
    case = chosen_case(checked, "linear/sk")
    Releases(case, checked.plan, Store(tmp_path), observer, parse_range("numpy"))(["2.0", "2.1"], 1)
    stopping: Any = measured.stopping
    old, new = [each.id for each in measured.suites[0].cases]
    rng = np.random.default_rng(0)
    assert stopping.active
    for each in ("ok", "not_converged", "timeout", status):
        assert not stopping.reached(old), "what runs is measured to the end"
        stopping.add(runs.measured(rng, new, status=each))
    assert stopping.reached(old)
    assert stopping.reached(new)


def test_releases_are_measured_in_environments_of_their_own(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = Measured({})
    monkeypatch.setattr("harness.runner.variants.measure_new", measured)
    checked = load_suite(mine)
    case = chosen_case(checked, "linear/sk")
    observer: Any = None
    releases = Releases(case, checked.plan, Store(tmp_path), observer, parse_range("NumPy[x]>=2"))
    found = releases(["2.0.0", "2.1+cpu"], 3)
    (suite,) = measured.suites
    assert [each.name for each in suite.environments] == ["numpy-2.0.0", "numpy-2.1-cpu"]
    assert suite.environments[1].requires == ("NumPy[x]==2.1+cpu", "scikit-learn")
    assert (suite.plan.rounds, suite.plan.precision, suite.plan.seconds) == (3, None, 0.01)
    assert {release: run.rows[0].case.id for release, run in found.items()} == dict.fromkeys(found, case.id)
    assert not suite.environments[0].sources
    own = Releases(case, checked.plan, Store(tmp_path), observer, parse_range("Scikit_Learn>=1"), sources=True)
    own(["1.5.2"], 1)
    assert measured.suites[-1].environments[0].requires == ("Scikit_Learn==1.5.2",)
    assert measured.suites[-1].environments[0].sources


Command = Callable[..., Any]


@pytest.fixture
def command(mine: Path, tmp_path: Path, alone: pytest.MonkeyPatch) -> Command:  # noqa: F811 - the fixture
    """The command over releases as a table has them."""
    alone.setattr("harness.bisect.releases._query_pip", lambda *_: {Version(each) for each in TEN})
    alone.setattr("harness.bisect.measure.build", lambda *_: {})

    def explain(case: Case, *_: object, environment: Environment) -> None:
        raise LinbenchError(f"{case.id} was asked for in {environment.name}")

    alone.setattr("harness.explain.case.explain_case", explain)

    def call(table: Mapping[str, What], *words: str) -> Any:
        alone.setattr("harness.runner.variants.measure_new", Measured(table))
        where = ["--suite", str(mine), "--results", str(tmp_path / "results")]
        return CliRunner().invoke(app, ["bisect", *words, "--case", "linear/sk", *where])

    return call


def test_the_command_finds_it_among_what_pip_offers(
    command: Command,
    tmp_path: Path,
    alone: pytest.MonkeyPatch,  # noqa: F811 - the fixture
) -> None:
    for version in TEN:
        (tmp_path / WHEEL.format(version).replace("fakelib", "scikit_learn")).touch()
    alone.setenv("PIP_NO_INDEX", "1")
    alone.setenv("PIP_FIND_LINKS", str(tmp_path))
    alone.setattr("harness.bisect.releases._query_pip", _query_pip)
    done = command(lost("1.6"), "scikit-learn>=1,<2")
    assert done.exit_code == 1, done.exception
    assert "10 releases of scikit-learn, from 1.0 to 1.9\n" in done.stderr
    assert "1.9: bad, 14.0 → 0.2 digits" in done.stderr
    assert "scikit-learn 1.6 is the first release that is worse (10 releases, 5 measured)" in done.stdout
    assert "linear/sklearn_ols/cpu/float64 was asked for in scikit-learn-1.6" in done.stdout
    assert "last good  1.5: 14.0 digits" in done.stdout


def test_the_command_finds_nothing(command: Command) -> None:
    done = command({}, "scikit-learn>=1,<2", "--format", "json")
    assert done.exit_code == 0, done.exception
    assert json.loads(done.stdout)["outcome"] == "none"
    assert command({each: {"status": "missing"} for each in TEN}, "scikit-learn").exit_code == 4


def test_the_command_on_seconds(command: Command) -> None:
    done = command({each: {"seconds": 1.5e-3} for each in TEN[3:]}, "scikit-learn", "--metric", "seconds")
    assert done.exit_code == 1, done.exception
    assert "scikit-learn 1.3 is the first release" in done.stdout
    assert "1.3: bad, +5" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scikit-learn>=1", "--format", "cvs"], "did you mean 'csv'"),
        (["scikit learn>=1"], "wanted a package and a range"),
        (["scikit-learn>=1.9"], "wanted at least two releases"),
        (["scikit-learn", "--level", "2"], "level: got 2.0"),
    ],
)
def test_the_command_refuses_in_one_line(command: Command, words: list[str], said: str) -> None:
    done = command({}, *words)
    assert isinstance(done.exception, LinbenchError)
    assert said in str(done.exception)
    assert "\n" not in str(done.exception)
    assert done.exception.exit_code == 2


@pytest.mark.slow
def test_the_real_command_builds_measures_and_finds(
    linbench: Linbench, mine: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    """Real releases, installed from a folder: 1.1 is right, 2.0 rounds its coefficients, 3.0 dies in its import."""
    house = tmp_path / "house"
    house.mkdir()
    write_wheelhouse(house)
    cache = {"LINBENCH_CACHE": str(tmp_path / "cache"), "PIP_CONFIG_FILE": os.devnull}
    environment.update(offline_variables(house, tmp_path / "uv"), **cache)
    words = ["scikit-learn>1.0", "--case", "linear/sk", "--suite", mine, "--format", "json"]
    done = linbench("bisect", *words, timeout=280)
    assert done.code == 1, done.err
    found = done.json()
    assert (found["last_good"]["release"], found["first_bad"]["release"]) == ("1.1", "2.0")
    assert found["last_good"]["digits"] > 12
    assert found["first_bad"]["digits"] < 8
    assert found["first_bad"]["versions"]["scikit-learn"] == "2.0"
    assert [(step["release"], step["word"]) for step in found["steps"]] == [
        ("1.1", "good"), ("3.0", "skipped"), ("2.0", "bad"),
    ]  # fmt: skip
    assert "crashed: while importing its library: killed by SIGABRT" in found["steps"][1]["reason"]
    assert not list(tmp_path.glob("results/runs/*"))


def test_the_real_command_says_it_in_one_line(linbench: Linbench, mine: Path) -> None:
    done = linbench("bisect", "scikit-learn @ file:///x", "--case", "x", "--suite", mine)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("linbench: got 'scikit-learn @ file:///x', which has a URL; wanted a package and a")
    assert done.err.count("\n") == 1


def versions_of_an_engine(folder: Path, estimates: Mapping[str, str]) -> list[str]:
    """Programs that give these answers, one per version, and say which version they are."""
    paths = []
    for version, numbers in estimates.items():
        path = folder / f"engine-{version}"
        told = f"FAKE_VERSION={version} FAKE_ESTIMATES='{numbers}'"
        path.write_text(f"#!/bin/sh\n{told} exec '{sys.executable}' '{FAKE}' told\n", encoding="utf-8")
        path.chmod(0o755)
        paths.append(str(path))
    return paths


RIGHT, ROUNDED = "-0.262323073774029 1.00211681802045", "-0.2623 1.0021"


def test_the_version_of_an_engine_that_lost_digits(tmp_path: Path, linbench: Linbench) -> None:
    """Versions installed side by side, named by their programs' paths; each tells its version itself."""
    suite = tmp_path / "engine.toml"
    backend = 'use = "r_lm"\nmethod = ".lm.fit"\n'
    suite.write_text(f'name = "e"\n[[dataset]]\nuse = "nist_norris"\n[[backend]]\n{backend}', encoding="utf-8")
    programs = versions_of_an_engine(tmp_path, {"1.0": RIGHT, "1.1": RIGHT, "2.0": ROUNDED, "2.1": ROUNDED})
    words = [word for each in programs for word in ("--program", each)]
    done = linbench("bisect", *words, "--suite", str(suite), "--case", "*r_lm*", "--format", "json")
    found = json.loads(done.out)
    assert (done.code, found["suspects"]) == (1, [programs[2]])
    assert found["last_good"]["versions"]["fake"] == "1.1"
    assert found["first_bad"]["versions"]["fake"] == "2.0"


@pytest.mark.parametrize(
    ("backend", "programs", "told"),
    [
        ("numpy_lstsq", ["a", "b"], "numpy_lstsq runs no program; give a range of releases"),
        ("r_lm", ["a"], "got a, wanted two or more different ones, the oldest first"),
        ("r_lm", ["a", "b", "a"], "got a, b, a, wanted two or more different ones"),
    ],
)
def test_programs_that_cannot_be_bisected(backend: str, programs: list[str], told: str) -> None:
    case = suites.case(backend_class(backend)())
    with pytest.raises(UsageError, match=re.escape(told)):
        checked_programs(case, programs)
