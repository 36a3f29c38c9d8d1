"""Where words go, and what reaches the terminal."""

import re
from pathlib import Path

import pytest

from harness.cli import app
from harness.cli.options import FORMATS
from harness.cli.output import put_report, say
from harness.reports import layout, sheets
from harness.reports.sheets.base import find
from tests.conftest import Linbench
from tests.reports.sheets.test_table import RUN


def test_the_formats_of_the_help_are_the_layouts_there_are() -> None:
    assert sorted(FORMATS) == layout.names()
    assert FORMATS[0] == "text"


def test_a_message_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say("no backend '\x1b[2J\udc80\n'")
    assert capsys.readouterr().err == "no backend '\\u001b[2J\\udc80\\u000a'\n"


def test_json_is_the_subjects_own_record_and_csv_has_every_number(capsys: pytest.CaptureFixture[str]) -> None:
    put_report("table", RUN, "json")
    assert capsys.readouterr().out.startswith('{\n "suite"')
    put_report("table", RUN, "csv")
    assert capsys.readouterr().out.startswith("case,dataset,")
    put_report("pivot", RUN, "csv", number="time")
    assert capsys.readouterr().out == "backend,d\nslow,0.0025\nfast,0.001\nlost,\n"
    assert find("table").in_full is find("rows")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "--format", "jsn"], "unknown --format 'jsn'; did you mean 'json'?"),
        (["list", "backend"], "unknown list 'backend'; did you mean 'backends'?"),
        (
            ["show", "--report", "history"],
            "--report history: not a report of a run; those are "
            + ", ".join(name for name in sheets.names() if find(name).of_run),
        ),
        (["show", "--report", "tabel"], "unknown report 'tabel'; did you mean 'table'?"),
    ],
)
def test_a_wrong_word_is_one_line(words: list[str], said: str, in_process: Linbench) -> None:
    done = in_process(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"linbench: {said}\n"


def test_the_list_of_verbs_cuts_no_summary_short(in_process: Linbench) -> None:
    done = in_process("--help")
    _, _, verbs = done.out.partition("Commands:\n")
    assert len(verbs.splitlines()) == len(app.registered_commands)
    assert all(line.endswith(".") and not line.endswith("...") for line in verbs.splitlines())


@pytest.mark.parametrize(
    "verb",
    sorted({str(each.name or getattr(each.callback, "__name__", "")) for each in app.registered_commands} - {"try"}),
)
def test_a_help_names_what_each_option_takes(verb: str, in_process: Linbench) -> None:
    usage, _, rest = in_process(verb, "--help").out.partition("\n")
    assert "[[" not in usage
    options = rest.partition("Options:\n")[2]
    assert not re.findall(r"^  --[a-z-]+ <", options, re.MULTILINE)


def test_a_file_without_coefficients_is_no_case(in_process: Linbench, tmp_path: Path) -> None:
    data = tmp_path / "d.csv"
    data.write_text("a,b\n1,2\n")
    done = in_process("explain", str(data))
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith("it is a file, wanted a case; give --coef NUMBERS to explain numbers from it\n")
