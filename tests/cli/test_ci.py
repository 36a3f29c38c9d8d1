"""A library's own continuous integration: what is written into its repository."""

import re
from pathlib import Path

import pytest

from harness.reviews.comment import MARKER
from tests.conftest import Linbench
from tests.support.paths import ROOT

PROJECT = """
[project]
name = "mylib"
[project.entry-points."linbench.backends"]
mine = "mylib.bench:Mine"
"""


@pytest.mark.parametrize(
    ("project", "words", "use"),
    [
        (PROJECT, (), "mine"),
        ('[project]\nname = "scikit_learn"\n', (), "sklearn_ols"),
        ('[project]\nname = "other"\n', ("--backend", "mine.py:fit"), "mine.py:fit"),
    ],
)
def test_init_ci_finds_the_backend(
    in_process: Linbench, tmp_path: Path, project: str, words: tuple[str, ...], use: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(project)
    done = in_process("init-ci", tmp_path, *words)
    assert done.code == 0, done.err
    assert f'use = "{use}"' in (tmp_path / "linbench.toml").read_text()
    for path in done.out.split():
        assert (tmp_path / path).is_file()
    again = in_process("init-ci", tmp_path, *words)
    assert (again.code, "--force replaces it" in again.err) == (2, True)
    assert in_process("init-ci", tmp_path, *words, "--force").code == 0


def test_the_suite_that_init_ci_writes_is_valid(in_process: Linbench, tmp_path: Path) -> None:
    assert in_process("init-ci", tmp_path, "--backend", "sklearn_ols").code == 0
    done = in_process("validate", tmp_path / "linbench.toml")
    assert (done.code, "fine, 2 cases" in done.err) == (0, True), done.err


def test_init_ci_says_what_is_lacking(in_process: Linbench, tmp_path: Path) -> None:
    done = in_process("init-ci", tmp_path)
    assert done.code == 2
    assert "offers no backend" in done.err


def test_no_expression_reaches_a_script_of_the_action() -> None:
    text = (ROOT / "configs/ci/action.yml").read_text()
    scripts = re.findall(r"run: (\|\n(?:        .*\n|\n)+|.*)", text)
    assert len(scripts) == 4
    assert not [each for each in scripts if "${{" in each]
    assert MARKER in text
