"""The workflow for GitHub Actions: every command in it is one that linbench has, and it can fail."""

import re
import shlex

import pytest
import typer

from harness.cli import app
from tests.support.paths import ROOT

TEXT = (ROOT / "configs/ci/github-actions.yml").read_text()
COMMANDS = [
    shlex.split(line.partition("|")[0].replace("run: ", ""))[1:]
    for line in map(str.strip, TEXT.splitlines())
    if line.startswith("run: linbench ")
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_is_one_there_is(words: list[str]) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    verb, *rest = words
    group.commands[verb].make_context(verb, rest)


def test_it_measures_checks_compares_and_reports() -> None:
    assert {words[0] for words in COMMANDS} == {"run", "check", "compare", "report"}
    compare = next(words for words in COMMANDS if words[0] == "compare")
    assert compare[:5] == ["compare", "--rev", "$BASE", "--rev", "HEAD"]
    assert compare[-2:] == ["--format", "markdown"]


def test_a_pipe_fails_when_the_command_before_it_does() -> None:
    """Without it the summary's tee would pass every regression."""
    assert "| tee" in TEXT
    assert re.search(r"defaults:\n  run:\n    shell: bash\b", TEXT)


def test_actions_are_pinned_and_no_expression_reaches_a_script() -> None:
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+\.\d+\.\d+", each) for each in re.findall(r"uses: (\S+)", TEXT))
    assert not [line for line in TEXT.splitlines() if re.match(r"\s*(run:|make|echo|linbench)", line) and "${{" in line]


def test_the_whole_history_is_there_to_compare_with() -> None:
    assert "fetch-depth: 0" in TEXT
