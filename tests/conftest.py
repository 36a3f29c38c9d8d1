"""Running the real command, with the fake backends installed as another package's would be."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.cli import command
from tests.support import fakes, hostile
from tests.support.caches import fresh_cache
from tests.support.engine import Fake
from tests.support.paths import ROOT


@dataclass
class Finished:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    def rows(self) -> dict[str, dict[str, Any]]:
        """Rows by backend."""
        return {row["backend"]: row for row in self.json()["rows"]}


@pytest.fixture(scope="session")
def fake_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the metadata of a package offering the backends of `fakes` and `hostile`."""
    folder = tmp_path_factory.mktemp("site")
    info = folder / "linbench_fakes-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: linbench-fakes\nVersion: 1.0\n")
    points = [
        f"{fakes.name_of(kind)} = {kind.__module__}:{kind.__name__}" for kind in (*fakes.EVERY, *hostile.EVERY, Fake)
    ]
    points.append("fake_notthere = tests.no_such_module:Nothing")
    (info / "entry_points.txt").write_text("[linbench.backends]\n" + "\n".join(points) + "\n")
    return folder


@pytest.fixture(scope="session")
def references(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of exact answers that the tests share, away from the user's own."""
    return fresh_cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def command_environment(fake_package: Path, references: Path) -> dict[str, str]:
    """What the command runs with in every test."""
    path = os.pathsep.join([str(fake_package), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path, "LINBENCH_CACHE": str(references), "COLUMNS": "250", "NO_COLOR": "1"}


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text in the test's own process is as wide as the command's: pytest says 80."""
    monkeypatch.setenv("COLUMNS", "250")


_first_states: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def _own_numbers(request: pytest.FixtureRequest) -> None:
    """A test draws the same numbers from its module's ``RNG``, whichever tests have run before it."""
    rng = getattr(getattr(request, "module", None), "RNG", None)
    if rng is not None:
        rng.bit_generator.state = _first_states.setdefault(request.module.__name__, rng.bit_generator.state)


@pytest.fixture
def environment(command_environment: dict[str, str]) -> dict[str, str]:
    """What the command runs with, for a test to change."""
    return dict(command_environment)


Linbench = Callable[..., Finished]


CHECKOUT = (sys.executable, "-m", "harness")
"""The command of this checkout."""


def command_in(folder: Path, environment: dict[str, str], program: Sequence[str] = CHECKOUT) -> Linbench:
    """The real command, in a folder."""

    def call(*words: str | Path, timeout: float = 120) -> Finished:
        done = subprocess.run(
            [*program, *map(str, words)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def linbench(tmp_path: Path, environment: dict[str, str]) -> Linbench:
    """Run ``linbench`` in a folder of its own."""
    return command_in(tmp_path, environment)


@pytest.fixture
def in_process(
    tmp_path: Path, references: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Linbench:
    """As `linbench`, in the test's own process and without the fake backends: for verbs that measure nothing."""

    def call(*words: str | Path) -> Finished:
        with monkeypatch.context() as here:
            here.chdir(tmp_path)
            here.setattr(sys, "argv", ["linbench", *map(str, words)])
            for name, value in (("LINBENCH_CACHE", str(references)), ("COLUMNS", "250"), ("NO_COLOR", "1")):
                here.setenv(name, value)
            capsys.readouterr()
            code = command._exit_code()
            said = capsys.readouterr()
        return Finished(code, said.out, said.err)

    return call


Suite = Callable[..., Path]


def suite_in(folder: Path) -> Suite:
    """Writes small suites: backends by name or by table, on Advertising's TV unless another dataset is given."""

    def write(*backends: str, dataset: str = 'use = "advertising"', plan: str = "", name: str = "small") -> Path:
        tables = [each if "=" in each else f'use = "{each}"' for each in backends]
        text = f'name = "{name}"\n[plan]\nseconds = 0.01\n{plan}\n[[dataset]]\n{dataset}\n'
        text += "".join(f"[[backend]]\n{table}\n" for table in tables)
        path = folder / f"{name}.toml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """Write a small suite in the folder that `linbench` runs in."""
    return suite_in(tmp_path)
