"""Where words go, and what reaches the terminal."""

import pytest

from harness.cli.options import FORMATS
from harness.cli.output import put_report, say
from harness.reports import layout
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
        (["show", "--report", "history"], "--report history: it is about a History; wanted one of a Run"),
        (["show", "--report", "tabel"], "unknown report 'tabel'; did you mean 'table'?"),
    ],
)
def test_a_wrong_word_is_one_line(words: list[str], said: str, in_process: Linbench) -> None:
    done = in_process(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"linbench: {said}\n"
