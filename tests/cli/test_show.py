"""The ways to look at a run again, through the real command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli.options import FORMATS
from harness.reports.sheets import names
from tests.conftest import Linbench


@pytest.fixture
def measured(linbench: Linbench, suite: Callable[..., Path]) -> None:
    wrong = 'use = "scratch_gd"\nepochs = 1'
    two = 'use = "advertising"\nscale = ["none", "minmax"]'
    assert linbench("run", suite("scratch_ols", "numpy_lstsq", wrong, dataset=two)).code == 0


@pytest.mark.usefixtures("measured")
def test_show(linbench: Linbench) -> None:
    shown = {name: linbench("show", "--format", name) for name in FORMATS}
    assert {done.code for done in shown.values()} == {0}
    for done in shown.values():
        assert done.err == ""
        for name in ("scratch_ols", "numpy_lstsq", "scratch_gd"):
            assert name in done.out.replace("<wbr>", "")
    assert len(shown["json"].json()["rows"]) == 6 == len(shown["csv"].out.splitlines()) - 1


@pytest.mark.usefixtures("measured")
def test_agreement(linbench: Linbench) -> None:
    _, scaled = linbench("show", "--agreement", "--format", "json").json()
    assert scaled["dataset"] == "advertising[scale=minmax]"
    assert scaled["backends"] == ["scratch_ols", "numpy_lstsq", "scratch_gd[epochs=1]"]
    matrix = scaled["digits"]
    assert [matrix[i][i] for i in range(3)] == [17, 17, 17]
    assert matrix[0][1] == matrix[1][0] > 14
    assert matrix[0][2] < 1
    text = linbench("show", "--agreement")
    assert "digits in common" in text.out
    assert linbench("show", "--report", "agreement").out == text.out
    assert linbench("show", "--agreement", "--format", "csv").out.startswith("table,number,backend,scratch_ols,")


@pytest.mark.usefixtures("measured")
def test_pivot(linbench: Linbench) -> None:
    table = linbench("show", "--pivot", "digits", "--format", "markdown").out.splitlines()
    assert table[0] == "| backend | advertising | advertising[scale=minmax] |"
    cells = {line.split(" | ")[0].strip("| "): line.split(" | ")[1:] for line in table[2:] if line[:1] == "|"}
    assert float(cells["scratch_ols"][0]) > 14
    assert set(cells) == {"scratch_ols", "numpy_lstsq", "scratch_gd[epochs=1]"}
    assert "ratio" in linbench("show", "--pivot", "ratio").out
    wrong = linbench("show", "--pivot", "digit")
    assert wrong.code == 2
    assert "did you mean 'digits'?" in wrong.err
    assert linbench("show", "--pivot", "loss_train").code == 0


def test_doctor(linbench: Linbench) -> None:
    done = linbench("doctor")
    assert done.code == 0
    for what in ("machine:", "load:", "governor:", "timer: resolution", "threads:", "control, between processes:"):
        assert what in done.out


def test_list(linbench: Linbench) -> None:
    everything = linbench("list")
    assert (everything.code, everything.err) == (0, "")
    for name in ("scratch_ols", "make_regression", "articles/advertising", "certified_digits", "agreement", "junit"):
        assert name in everything.out
    assert [row["name"] for row in linbench("list", "reports", "--format", "json").json()[0]["rows"]] == names()


@pytest.mark.usefixtures("measured")
def test_history(linbench: Linbench) -> None:
    done = linbench("history", "scratch_ols", "--format", "json")
    assert done.code == 0, done.err
    found = done.json()
    assert len(found["series"]) == 2
    assert "scratch_ols" in linbench("history").out
    assert linbench("history", "no such case").code == 4


@pytest.mark.usefixtures("measured")
def test_export(linbench: Linbench, tmp_path: Path) -> None:
    for name in ("pytest-benchmark", "github-action", "bencher", "junit", "csv"):
        done = linbench("export", "latest", "--format", name)
        assert done.code == 0, done.err
        assert "scratch_ols" in done.out
    assert linbench("export", "--format", "parquet", "--out", "run.parquet").code == 0
    assert (tmp_path / "run.parquet").read_bytes()[:4] == b"PAR1"
    checked = linbench("export", "--format", "junit", "--baseline", "latest")
    assert checked.code == 0, checked.err
    assert "<testsuite" in checked.out
    assert "did you mean 'junit'?" in linbench("export", "--format", "junti").err
