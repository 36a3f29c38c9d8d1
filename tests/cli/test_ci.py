"""A library's own continuous integration: what is written into its repository, and what a reviewer reads."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.records import from_values
from harness.reports.review import MARKER, MOST_ANNOTATIONS, MOST_CHARACTERS, MOST_LINES, Compared, annotations, comment
from tests.conftest import Linbench
from tests.support.comparisons import both, slowed, timed
from tests.support.paths import ROOT

HOSTILE = "`; rm -rf ~ # ::error::x\n<!-- -->@everyone <script> %0A | [x](javascript:y) \u202e"


def compared(**changes: Any) -> Compared:
    return from_values(
        Compared, {"old": "main", "new": "topic", "verdict": "same", "alarm": "", "cases": (), **changes}
    )


def worse(case: str, reason: str = "") -> dict[str, Any]:
    number = {"kind": "seconds", "verdict": "worse", "effect": 0.1, "low": 0.08, "high": 0.12, "visible": 0.03}
    return {"case": case, "verdict": "worse", "alarm": "fail", "judgements": ({**number, "reason": reason},)}


def test_a_comment_says_the_verdict_first_and_what_changed_with_its_interval() -> None:
    found = both(timed(), timed(times=slowed(1.1)), side_by_side=True)
    lines = comment(from_values(Compared, found.record()), "https://example.org/run/1").splitlines()
    assert lines[0] == MARKER
    assert lines[1] == "🔴 **linbench: worse** (1 worse; 1 to fail)"
    assert re.fullmatch(r"- 🔴 `linear/\S+`: `seconds \+10\.0% \(\+.*% … \+.*%\), worse`", lines[3])
    assert "could not be seen." in lines[5]
    assert lines[-1] == "[All of it](https://example.org/run/1)"


def test_a_comment_and_annotations_keep_to_the_limits() -> None:
    many = compared(cases=tuple(worse(f"case{i}", "x" * 5000) for i in range(500)), unsettled="y" * 9000)
    text = comment(many, "https://example.org")
    assert len(text.splitlines()) <= MOST_LINES
    assert len(text) < MOST_CHARACTERS
    assert "- and 489 more" in text
    told = annotations(many)
    assert len(told) == MOST_ANNOTATIONS
    assert told[-1].endswith("and 452 more; the summary has them")


@given(st.text() | st.just(HOSTILE))
def test_no_name_leaves_its_place(name: str) -> None:
    found = compared(old=name, new=name, cases=(worse(name, name),), unsettled=name or "x")
    text = comment(found, name)
    assert len(text.splitlines()) <= MOST_LINES
    for line in text.splitlines()[1:]:
        outside = re.sub(r"`[^`]*`", "", line)
        assert "`" not in outside
        assert not re.search(r"<|@|javascript", outside)
    for line in annotations(found):
        assert len(line.splitlines()) == 1
        assert re.fullmatch(r"::(error|warning) title=[^:,]*::[^\n]*", line)


def test_what_could_not_be_decided_is_said() -> None:
    text = comment(compared(unsettled="most times are slower"))
    assert "**linbench: not decided**" in text
    assert "**Not decided:** `most times are slower`" in text


def test_the_verb_prints_both(in_process: Linbench, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text(json.dumps({"old": "a", "new": "b", "verdict": "worse", "alarm": "fail", "cases": [worse("x")]}))
    assert in_process("review", file).out.startswith(MARKER)
    assert in_process("review", file, "--annotations").out.startswith("::error title=linbench%3A x::seconds +10.0%25")
    file.write_text("[]")
    done = in_process("review", file)
    assert done.code == 2
    assert "is no comparison" in done.err


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
