"""A library's own continuous integration: what is written into its repository."""

import os
import re
import subprocess
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


@pytest.mark.parametrize("service", ["gitlab", "shell"])
def test_init_ci_writes_for_others_what_they_can_run(in_process: Linbench, tmp_path: Path, service: str) -> None:
    done = in_process("init-ci", tmp_path, "--backend", "sklearn_ols", "--to", service)
    assert done.code == 0, done.err
    written = {path: (tmp_path / path).read_text() for path in done.out.split()}
    (script,) = [path for path in written if path.endswith(".sh")]
    assert "linbench compare --library ." in written[script]
    assert all(f"sh {script} " in text for path, text in written.items() if path.endswith(".yml"))
    assert "linbench.toml" in written


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


def script_of(step: str) -> str:
    """What a step of the action runs."""
    text = (ROOT / "configs/ci/action.yml").read_text()
    (found,) = re.findall(rf"- name: {step}\n(?:.*\n)*?      run: \|\n((?:        .*\n)+)", text)
    return str(found)


@pytest.mark.parametrize("answers", [True, False])
def test_a_token_that_may_not_write_fails_no_pull_request(tmp_path: Path, answers: bool) -> None:
    """A pull request from a fork has none that may."""
    gh = f'echo "$*" >> {tmp_path}/asked; {"echo 7" if answers else "exit 1"}'
    for name, words in (("linbench", "echo told"), ("gh", gh)):
        (tmp_path / name).write_text(f"#!/bin/sh\n{words}\n")
        (tmp_path / name).chmod(0o755)
    given = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "GITHUB_STEP_SUMMARY": f"{tmp_path}/summary",
             "GH_TOKEN": "x", "PULL_REQUEST": "5", "GITHUB_REPOSITORY": "me/mylib",
             "PAGE": "https://example.org"}  # fmt: skip
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script_of("Tell")]
    done = subprocess.run(command, env=given, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "summary").read_text() == "told\n"
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[0].startswith("api --paginate repos/me/mylib/issues/5/comments")
    if answers:
        assert asked[1].startswith("api --method PATCH repos/me/mylib/issues/comments/7 ")
    assert ("::notice title=linbench::No comment" in done.stdout) == (not answers)


def test_a_pull_request_is_held_against_the_base_that_it_was_merged_into() -> None:
    """The base in the event may be an older commit; HEAD is the merge, whose first parent is the base."""
    for name in ("pull-request.yml", "github-actions.yml"):
        text = (ROOT / "configs/ci" / name).read_text()
        assert re.search(r"(?i)\bbase: HEAD\^1 ", text), name
