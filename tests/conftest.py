"""Running the real command, with the fake backends installed as another package's would be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import fakes
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
    """A folder that holds the metadata of a package offering `tests.support.fakes`."""
    folder = tmp_path_factory.mktemp("site")
    info = folder / "linbench_fakes-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: linbench-fakes\nVersion: 1.0\n")
    points = [f"{fakes.name_of(kind)} = tests.support.fakes:{kind.__name__}" for kind in fakes.EVERY]
    points.append("fake_notthere = tests.no_such_module:Nothing")
    (info / "entry_points.txt").write_text("[linbench.backends]\n" + "\n".join(points) + "\n")
    return folder


@pytest.fixture(scope="session")
def references(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of exact answers that the tests share, away from the user's own."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def environment(fake_package: Path, references: Path) -> dict[str, str]:
    """What the command runs with."""
    path = os.pathsep.join([str(fake_package), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path, "LINBENCH_CACHE": str(references), "COLUMNS": "250", "NO_COLOR": "1"}


Linbench = Callable[..., Finished]


@pytest.fixture
def linbench(tmp_path: Path, environment: dict[str, str]) -> Linbench:
    """Run ``linbench`` in a folder of its own."""

    def call(*words: str | Path, timeout: float = 120) -> Finished:
        done = subprocess.run(
            [sys.executable, "-m", "harness", *map(str, words)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def suite(tmp_path: Path) -> Callable[..., Path]:
    """Write a small suite: backends by name or by table, on Advertising's TV unless another dataset is given."""

    def write(*backends: str, dataset: str = 'use = "advertising"', plan: str = "", name: str = "small") -> Path:
        tables = [each if "=" in each else f'use = "{each}"' for each in backends]
        text = f'name = "{name}"\n[plan]\nseconds = 0.01\n{plan}\n[[dataset]]\n{dataset}\n'
        text += "".join(f"[[backend]]\n{table}\n" for table in tables)
        path = tmp_path / f"{name}.toml"
        path.write_text(text)
        return path

    return write
