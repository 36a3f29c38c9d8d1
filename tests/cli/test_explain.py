"""The verb explain: numbers from anywhere, and cases; bad input in one line."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.cli.options import FORMATS
from harness.errors import LinbenchError
from tests.conftest import Linbench

ROWS = "a,b,y\n1,2,4.1\n2,1,5.3\n3,5,10.2\n4,3,9.9\n5,8,16.1\n6,5,15.2\n7,7,19\n"

TABLE = np.array([[float(each) for each in line.split(",")] for line in ROWS.split()[1:]])


def coef(*columns: np.ndarray) -> str:
    """Of the target on these columns, to five digits."""
    return ", ".join(f"{b:.5g}" for b in np.linalg.lstsq(np.column_stack(columns), TABLE[:, 2], rcond=None)[0])


ONE, A, B = np.ones(len(TABLE)), TABLE[:, 0], TABLE[:, 1]
FORGOTTEN = coef(A, B)


@pytest.fixture
def path(tmp_path: Path) -> str:
    (tmp_path / "some.csv").write_text(ROWS)
    return str(tmp_path / "some.csv")


def said(*words: str) -> str:
    """What the verb prints, within this process."""
    done = CliRunner().invoke(app, ["explain", *words])
    if done.exception is not None:
        raise done.exception
    return done.stdout


def test_a_forgotten_intercept_in_a_few_lines(path: str) -> None:
    lines = said(path, "--target", "y", "--coef", FORGOTTEN).splitlines()
    assert lines[0] == "The model has no intercept. That explains every printed digit."
    assert "add an intercept" in lines[2]
    assert 4 <= len(lines) <= 10


def test_names_and_a_formula(path: str) -> None:
    level, slope = coef(ONE, A).split(", ")
    a, b = FORGOTTEN.split(", ")
    for words in (
        ["--formula", "y ~ a", "--coef", f"a={slope}", "--intercept", level],
        ["--formula", "y ~ a + b - 1", "--coef", f"b={b} a={a}"],
        ["--target", "y", "--no-intercept", "--coef", FORGOTTEN],
    ):
        assert said(path, *words).startswith("These are the right")


@pytest.mark.parametrize("layout", FORMATS)
def test_every_layout(path: str, layout: str) -> None:
    text = said(path, "--target", "y", "--coef", FORGOTTEN, "--format", layout)
    if layout == "json":
        record = json.loads(text)
        assert record["cause"] == "no_intercept"
        assert record["certain"]
        first = record["causes"][0]
        assert first["digits_before"] < first["digits_after"]


def test_a_dataset_of_the_catalogue() -> None:
    assert "right" in said("advertising", "--coef", "0.047537", "--intercept", "7.0326").splitlines()[0]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["DATA", "--coef", "1,2"], "which column is predicted? Give --target"),
        (["DATA", "--coef", "1", "--target", "y"], "got 1 number, wanted 2"),
        (["DATA", "--coef", "1,2", "--target", "z"], "no column 'z'"),
        (["DATA", "--coef", "1,2", "--target", "y", "--formula", "y ~ a"], "got --formula and --target"),
        (
            ["DATA", "--coef", "1,2", "--target", "y", "--no-intercept", "--intercept", "3"],
            "the model has no intercept",
        ),
        (["DATA", "--coef", "1,2", "--target", "y", "--run", "latest"], "got --run beside --coef"),
        (["nowhere.csv", "--coef", "1,2", "--target", "y"], "there is no such file and no such dataset"),
        (["advertising", "--coef", "1", "--formula", "y ~ x"], "does not take these options"),
        (["linear/numpy_lstsq", "--target", "y"], "got --target beside a case"),
        (["linear/numpy_lstsq", "--run", "a", "--suite", "b"], "wanted one of them"),
        (["linear/numpy_lstsq", "--keep", "--suite", "b"], "kept with a run, so give --run"),
        (["DATA", "--target", "y", "--coef", "1, 2", "--keep"], "got --keep beside --coef"),
        (["advertising[scale=minmax]/sklearn_ols", "--suite", "default", "--against", "nothing"], "backend"),
    ],
)
def test_bad_input_is_one_line(path: str, words: list[str], wanted: str, tmp_path: Path) -> None:
    with pytest.raises(LinbenchError) as error:
        said(*[path if word == "DATA" else word for word in words], "--results", str(tmp_path))
    assert wanted in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value.exit_code == 2


def test_no_run_at_all_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LinbenchError, match="give --suite SUITE") as error:
        said("linear/numpy_lstsq", "--results", str(tmp_path))
    assert error.value.exit_code == 4


def test_a_stored_case_through_the_real_command(linbench: Linbench, suite: Callable[..., Path]) -> None:
    written = suite("sklearn_ols", dataset='use = "nist_wampler1"')
    assert linbench("run", written).code == 0
    done = linbench("explain", "wampler1", "--against", "scratch_ols")
    assert done.code == 0
    assert "] nist_wampler1/sklearn_ols[tol=0]: ok" in done.err
    assert "/cpu/" not in done.err
    lines = done.out.splitlines()
    assert lines[1].startswith("It is the same question, worse answered. tol=0 (keeps every singular value)")
    assert any(line.startswith("scratch_ols has 1") for line in lines)
    record = linbench("explain", "wampler1", "--suite", written, "--format", "json").json()
    assert record["cause"] == "tol=0"
    assert record["run"] is None
    assert linbench("show", "--format", "json").json()["explanations"] == []
    kept = linbench("explain", "wampler1", "--keep")
    (explanation,) = linbench("show", "--format", "json").json()["explanations"]
    assert (explanation["case"], explanation["cause"]) == ("nist_wampler1/sklearn_ols/cpu/float64", "tol=0")
    assert explanation["said"] == [line for line in kept.out.splitlines() if line in explanation["said"]]
    assert explanation["said"][1].startswith("It is the same question, worse answered.")
    assert "linbench report" in kept.err
    wrong = linbench("explain", "filip")
    assert wrong.code == 2
    assert len(wrong.err.splitlines()) == 1
