"""To add a backend, a dataset, a score, a report, a finding, a plot, a layout or an export format is to add one file.

A copy of the tree gets one new file of each kind; nothing else in it is edited, and the command there has all of them.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.caches import fresh_cache
from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

ADDED = {
    "backends/added_solver.py": '''
"""A backend."""

from dataclasses import dataclass

import numpy as np

from backends.base import Backend, Device, Fit, Problem, option


@dataclass(frozen=True, kw_only=True)
class AddedSolver(Backend[Problem]):
    """Solves the normal equations."""

    shift: float = option(0.0, at_least=0)

    def prepare(self, problem: Problem, device: Device) -> Problem:
        return problem

    def solve(self, state: Problem) -> Fit:
        A = np.column_stack([state.X, np.ones(len(state.y))])
        b = np.linalg.solve(A.T @ A + self.shift * np.eye(A.shape[1]), A.T @ state.y)
        return Fit(b[:-1], float(b[-1]), True, None)
''',
    "harness/datasets/added_data.py": '''
"""A dataset."""

from dataclasses import dataclass

import numpy as np

from backends.base import option
from harness.datasets.base import Dataset, Table


@dataclass(frozen=True, kw_only=True)
class AddedData(Dataset):
    """Points on a parabola."""

    n_samples: int = option(20, at_least=3)

    def load(self) -> Table:
        x = np.arange(float(self.n_samples))
        return Table(x[:, None], x * x, ("x",), "y")
''',
    "harness/judgement/added_score.py": '''
"""A score."""

from harness.judgement.base import Answer, score


@score(heading="added heading", place=1000, better="less", decimals=2)
def added_score(answer: Answer) -> float | None:
    """Half the number of coefficients, the intercept among them."""
    return len(answer.estimates) / 2
''',
    "harness/reports/sheets/added_report.py": '''
"""A report."""

from harness.reports.sheet import Column, Sheet, Table
from harness.reports.sheets.base import report
from harness.results import Run


@report()
def added_report(run: Run) -> Sheet:
    """The statuses of a run."""
    columns = [Column("case", "case", lambda row: row.case.id, left=True),
               Column("status", "how it went", lambda row: row.status, left=True)]
    return Sheet((Table.of("added table", columns, run.rows),))
''',
    "harness/reports/plots/added_plot.py": '''
"""A kind of plot."""

from collections.abc import Iterator

from harness.reports.plotting.plot import Plot, plot_kind
from harness.reports.plotting.view import RunView


@plot_kind(title="Added section", about="Nothing to speak of.", why_empty="No row was measured.", place=1000)
def added_plot(view: RunView) -> Iterator[Plot]:
    """One point for each row."""
    points = {"type": "scatter", "mode": "markers", "y": [len(row.measurements) for row in view.run.rows]}
    yield Plot("Added plot", "Rounds by row.", {"data": [points], "layout": {}})
''',
    "harness/reports/findings/kinds/added_finding.py": '''
"""A kind of finding."""

from collections.abc import Iterator

from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts


@finding_kind
def added_finding(facts: Facts) -> Iterator[Finding]:
    """How many rows there are."""
    yield Finding(text=f"There are {len(facts.run.rows)} rows, of all things.", surprise=100)
''',
    "harness/reports/layout/added_layout.py": '''
"""A layout."""

from harness.reports.layout.base import PLAIN, Screen
from harness.reports.sheet import Sheet


def added_layout(sheet: Sheet, _screen: Screen = PLAIN) -> str:
    """The headings, one a line."""
    return "".join(f"<{column.name}>\\n" for table in sheet.tables for column in table.columns)
''',
    "harness/exports/added_export.py": '''
"""An export format."""

from harness.exports.base import Format

FORMAT = Format("the ids of the cases", text=lambda run: "".join(f"{row.case.id}!\\n" for row in run.rows))
''',
}  # fmt: skip

SUITE = """
name = "added"
[plan]
rounds = 1
seconds = 0.01
[[dataset]]
use = "added_data"
n_samples = 12
[[backend]]
use = "added_solver"
shift = 0.5
[[backend]]
use = "numpy_lstsq"
"""
CASE = "added_data[n_samples=12]/added_solver[shift=0.5]/cpu/float64"

Command = Callable[..., str]


@pytest.fixture(scope="module")
def linbench(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """The command of the copy, in a folder that holds one run of the suite."""
    home = tmp_path_factory.mktemp("additions")
    for name in ("harness", "backends", "configs"):
        shutil.copytree(ROOT / name, home / "tree" / name)
    for path, text in ADDED.items():
        with (home / "tree" / path).open("x") as file:
            file.write(text.lstrip())
    environment = {**os.environ, "PYTHONPATH": str(home / "tree"), "LINBENCH_CACHE": str(fresh_cache(home / "cache")),
                   "COLUMNS": "250", "NO_COLOR": "1"}  # fmt: skip
    work = home / "work"
    work.mkdir()
    (work / "added.toml").write_text(SUITE)

    def call(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "harness", *words],
            cwd=work, env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    call("run", "added.toml")
    return call


def table(linbench: Command, *words: str) -> list[dict[str, str]]:
    return list(csv.DictReader(linbench(*words, "--format", "csv").splitlines()))


def test_each_can_be_listed(linbench: Command) -> None:
    listed = {(row["table"], row["name"]): row for row in table(linbench, "list")}
    assert listed["backends", "added_solver"]["options"] == "shift=0.0"
    assert "n_samples=20" in listed["datasets", "added_data"]["options"]
    assert listed["scores", "added_score"]["about"] == "Half the number of coefficients, the intercept among them."
    assert listed["reports", "added_report"]["about"] == "The statuses of a run. (of a run)"
    assert {("formats", "added-layout"), ("formats", "added-export")} <= set(listed)


def test_the_backend_was_run_on_the_dataset_and_scored(linbench: Command) -> None:
    whole: dict[str, Any] = json.loads(linbench("show", "--format", "json"))
    row = next(row for row in whole["rows"] if row["case"] == CASE)
    assert (row["status"], row["added_score"]) == ("ok", 1.0)
    assert 0 < row["digits"] < 5, "the shift costs it its digits"


def test_the_table_and_the_pivot_have_the_score(linbench: Command) -> None:
    heading, *rows = (line for line in linbench("show").splitlines() if "heading" in line or "added_solver" in line)
    assert "added heading" in heading
    assert any("1.00" in line for line in rows)
    assert "1.00" in linbench("show", "--pivot", "added_score")


def test_the_report_is_shown(linbench: Command) -> None:
    shown = linbench("show", "--report", "added_report")
    assert "added table" in shown
    assert "how it went" in shown
    assert CASE in shown


def test_the_finding_is_told(linbench: Command) -> None:
    assert "There are 2 rows, of all things." in linbench("show")


def test_the_layout_lays_out_any_report(linbench: Command) -> None:
    assert linbench("show", "--report", "added_report", "--format", "added_layout") == "<case>\n<status>\n"


def test_the_page_has_the_plot(linbench: Command, tmp_path: Path) -> None:
    page = Path(linbench("report", "--out", str(tmp_path / "page")).strip()).read_text()
    assert "Added section" in page
    assert "Added plot" in page
    assert "added heading" in page


def test_the_export_is_written(linbench: Command) -> None:
    assert f"{CASE}!\n" in linbench("export", "--format", "added-export")
