"""The verb new, the schema of suites, and what a shell completes."""

import json
import tomllib
from pathlib import Path

import pytest

from harness.cli import completion
from harness.config import load_suite
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
    assert "it is there already" in in_process(*words).err
    assert "which column is predicted?" in in_process("new", "--data", "houses.csv").err


def test_without_a_file_it_goes_to_standard_output(in_process: Linbench) -> None:
    assert tomllib.loads(in_process("new").out)["dataset"] == [{"use": "advertising"}]


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


def test_a_shell_is_answered(environment: dict[str, str], linbench: Linbench) -> None:
    asked = {"_LINBENCH_COMPLETE": "complete_bash", "COMP_WORDS": "linbench run spe", "COMP_CWORD": "2"}
    environment.update(asked)
    assert linbench("run", "spe").out.split() == ["speed"]
