"""The verb new, the schema of suites, and what a shell completes."""

import io
import json
import sys
import tomllib
from pathlib import Path

import pytest

from harness.cli import completion
from harness.config import load_suite
from harness.tryout import default_backends
from tests.conftest import Linbench
from tests.support.paths import ROOT


def test_a_new_suite_is_valid_and_is_not_written_over(tmp_path: Path, in_process: Linbench) -> None:
    (tmp_path / "houses.csv").write_text("a,price\n1,2\n2,3\n4,4\n")
    words = [
        "new",
        "mine.toml",
        "--data",
        "houses.csv",
        "--target",
        "price",
        "--backend",
        "numpy_lstsq",
        "--rounds",
        "12",
    ]
    assert in_process(*words).code == 0
    suite = load_suite(tmp_path / "mine.toml")
    assert (suite.name, suite.plan.rounds, len(suite.cases)) == ("mine", 12, 1)
    assert "# fresh processes per case" in (tmp_path / "mine.toml").read_text()
    assert "this file exists" in in_process(*words).err
    assert "which column is predicted?" in in_process("new", "--data", "houses.csv").err


def test_without_a_file_it_goes_to_standard_output(in_process: Linbench) -> None:
    assert tomllib.loads(in_process("new").out)["dataset"] == [{"use": "advertising"}]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answers", "dataset", "backends"),
    [
        (["houses.csv", "price", "numpy_lstsq, scratch_ols"], {"target": "price"}, ["numpy_lstsq", "scratch_ols"]),
        (["houses.csv", "price ~ a", "numpy_lstsq"], {"formula": "price ~ a"}, ["numpy_lstsq"]),
        (["", "numpy_lstsq"], {"use": "advertising"}, ["numpy_lstsq"]),
        (["", ""], {"use": "advertising"}, default_backends()),
    ],
)
def test_on_a_terminal_it_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_process: Linbench,
    answers: list[str], dataset: dict[str, str], backends: list[str],
) -> None:  # fmt: skip
    (tmp_path / "houses.csv").write_text("a,price\n1,2\n2,3\n4,4\n")
    monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{each}\n" for each in answers)))
    done = in_process("new")
    suite = tomllib.loads(done.out)
    assert dataset.items() <= suite["dataset"][0].items()
    assert [each["use"] for each in suite["backend"]] == backends
    assert "backends, separated by commas [all direct solvers]: " in done.err


def test_where_there_is_no_input_it_does_not_ask(in_process: Linbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    done = in_process("new")
    assert (done.code, done.err) == (0, "")
    assert 'use = "advertising"' in done.out


def test_the_schema_has_a_branch_for_everything_and_takes_the_suites_there_are(in_process: Linbench) -> None:
    schema = json.loads(in_process("new", "--schema").out)
    branches = schema["properties"]["backend"]["items"]["oneOf"]
    uses = {each["properties"]["use"].get("const") for each in branches}
    assert {"numpy_lstsq", "scratch_gd", None} <= uses
    (gd,) = (each for each in branches if each["properties"]["use"].get("const") == "scratch_gd")
    assert "learning_rate" in gd["properties"]
    jsonschema = pytest.importorskip("jsonschema")
    for path in ROOT.glob("configs/*.toml"):
        jsonschema.validate(tomllib.loads(path.read_text()), schema)


def test_names_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").touch()
    (tmp_path / "results/runs").mkdir(parents=True)
    (tmp_path / "results/runs/2026-a.jsonl").touch()
    assert completion.suites("m") == ["mine.toml"]
    assert completion.suites("articles/a") == ["articles/advertising"]
    assert completion.runs("") == ["latest", "2026-a"]
    assert completion.backends("sklearn_o") == ["sklearn_ols"]
    assert completion.datasets("adv") == ["advertising"]
    (tmp_path / "advent").mkdir()
    assert completion.data("adv") == ["advertising", "advent/"]
    assert completion.data("results/r") == ["results/runs/"]
    assert completion.formats("js") == ["json"]
    assert completion.reports("coe") == ["coefficients"]
    assert completion.kinds("b") == ["backends"]


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("run spe", "speed"),
        ("try adv", "advertising"),
        ("try x.csv --backend sklearn_o", "sklearn_ols"),
        ("new --backend sklearn_o", "sklearn_ols"),
        ("compare 2026", "2026-a"),
        ("report 2026", "2026-a"),
        ("show --report coe", "coefficients"),
        ("show --format js", "json"),
        ("list ba", "backends"),
    ],
)
def test_a_shell_is_answered(
    tmp_path: Path, environment: dict[str, str], linbench: Linbench, typed: str, completed: str
) -> None:
    (tmp_path / "results/runs").mkdir(parents=True)
    (tmp_path / "results/runs/2026-a.jsonl").touch()
    words = f"linbench {typed}"
    environment |= {"_LINBENCH_COMPLETE": "complete_bash", "COMP_WORDS": words}
    environment["COMP_CWORD"] = str(len(words.split()) - 1)
    assert linbench(*typed.split()).out.split() == [completed]
