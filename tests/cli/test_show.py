"""The ways to look at a run again, through the command."""

import shutil
from pathlib import Path

import pytest

from harness.cli.options import FORMATS
from harness.reports.sheets import names
from tests.conftest import Linbench, command_in, suite_in


@pytest.fixture(scope="module")
def measured_once(tmp_path_factory: pytest.TempPathFactory, command_environment: dict[str, str]) -> Path:
    folder = tmp_path_factory.mktemp("measured")
    wrong = 'use = "scratch_gd"\nepochs = 1'
    two = 'use = "advertising"\nscale = ["none", "minmax"]'
    written = suite_in(folder)("scratch_ols", "numpy_lstsq", wrong, dataset=two)
    assert command_in(folder, command_environment)("run", written).code == 0
    return folder


@pytest.fixture
def measured(measured_once: Path, tmp_path: Path) -> None:
    shutil.copytree(measured_once, tmp_path, dirs_exist_ok=True)


@pytest.mark.usefixtures("measured")
def test_show(in_process: Linbench, linbench: Linbench) -> None:
    shown = {name: in_process("show", "--format", name) for name in FORMATS}
    assert {done.code for done in shown.values()} == {0}
    assert linbench("show").out == shown["text"].out, "a process of its own prints the same"
    for done in shown.values():
        assert done.err == ""
        for name in ("scratch_ols", "numpy_lstsq", "scratch_gd"):
            assert name in done.out.replace("<wbr>", "")
    assert len(shown["json"].json()["rows"]) == 6 == len(shown["csv"].out.splitlines()) - 1


@pytest.mark.usefixtures("measured")
def test_agreement(in_process: Linbench) -> None:
    _, scaled = in_process("show", "--agreement", "--format", "json").json()
    assert scaled["dataset"] == "advertising[scale=minmax]"
    assert scaled["backends"] == ["scratch_ols", "numpy_lstsq", "scratch_gd[epochs=1]"]
    matrix = scaled["digits"]
    assert [matrix[i][i] for i in range(3)] == [17, 17, 17]
    assert matrix[0][1] == matrix[1][0] > 14
    assert matrix[0][2] < 1
    text = in_process("show", "--agreement")
    assert "digits in common" in text.out
    assert in_process("show", "--report", "agreement").out == text.out
    assert in_process("show", "--agreement", "--format", "csv").out.startswith("table,number,backend,scratch_ols,")


@pytest.mark.usefixtures("measured")
def test_pivot(in_process: Linbench) -> None:
    table = in_process("show", "--pivot", "digits", "--format", "markdown").out.splitlines()
    assert table[0] == "| backend | advertising | advertising[scale=minmax] |"
    cells = {line.split(" | ")[0].strip("| "): line.split(" | ")[1:] for line in table[2:] if line[:1] == "|"}
    assert float(cells["scratch_ols"][0].split()[0]) > 14
    assert set(cells) == {"scratch_ols", "numpy_lstsq", "scratch_gd[epochs=1]"}
    assert "ratio" in in_process("show", "--pivot", "ratio").out
    wrong = in_process("show", "--pivot", "digit")
    assert wrong.code == 2
    assert "did you mean one of digits, digits_median?" in wrong.err
    assert in_process("show", "--pivot", "loss_train").code == 0


def test_doctor(linbench: Linbench) -> None:
    done = linbench("doctor")
    assert done.code == 0
    for what in ("machine:", "load:", "governor:", "timer: resolution", "threads:", "control, between processes:"):
        assert what in done.out


def test_list(in_process: Linbench) -> None:
    everything = in_process("list")
    assert (everything.code, everything.err) == (0, "")
    for name in ("scratch_ols", "make_regression", "articles/advertising", "certified_digits", "agreement", "junit"):
        assert name in everything.out
    assert [row["name"] for row in in_process("list", "reports", "--format", "json").json()[0]["rows"]] == names()


@pytest.mark.usefixtures("measured")
def test_history(in_process: Linbench) -> None:
    done = in_process("history", "scratch_ols", "--format", "json")
    assert done.code == 0, done.err
    found = done.json()
    assert len(found["series"]) == 2
    assert "scratch_ols" in in_process("history").out
    assert in_process("history", "no such case").code == 4


@pytest.mark.usefixtures("measured")
def test_export(in_process: Linbench, tmp_path: Path) -> None:
    for name in ("pytest-benchmark", "github-action", "bencher", "junit", "csv"):
        done = in_process("export", "latest", "--format", name)
        assert done.code == 0, done.err
        assert "scratch_ols" in done.out
    assert in_process("export", "--format", "parquet", "--out", "run.parquet").code == 0
    assert (tmp_path / "run.parquet").read_bytes()[:4] == b"PAR1"
    checked = in_process("export", "--format", "junit", "--baseline", "latest")
    assert checked.code == 0, checked.err
    assert "<testsuite" in checked.out
    assert "did you mean 'junit'?" in in_process("export", "--format", "junti").err
