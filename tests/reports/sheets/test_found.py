"""Reports are found by name: one file each, and no edit elsewhere."""

import sys
from pathlib import Path

import pytest

from harness.errors import UnknownName
from harness.reports import sheets
from harness.reports.layout import lay_out
from harness.reports.sheets import Report, find, names
from tests.reports.sheets.test_table import RUN

NEW = '''"""How many cases there are."""

from harness.reports.sheet import Line, Sheet
from harness.reports.sheets.base import report
from harness.results import Run


@report()
def count_cases(run: Run) -> Sheet:
    """How many cases there are."""
    return Sheet(headline=Line(str(len(run.rows))))
'''


@pytest.mark.parametrize("name", names())
def test_every_report_says_what_it_is_about(name: str) -> None:
    found = find(name)
    assert isinstance(found, Report)
    assert found.name == name
    assert found.about.endswith(".")
    assert found.subject in {
        "Run",
        "Comparison",
        "Bisection",
        "Explanation",
        "Identified",
        "History",
        "Verification",
        "Attempt",
        "",
    }


@pytest.mark.parametrize("name", [name for name in names() if find(name).subject == "Run"])
def test_every_report_of_a_run_takes_a_run_alone(name: str) -> None:
    empty = {"scaling": "no case was measured at three sizes", "inference": "no backend of this run reports anything"}
    wanted = empty.get(name, "fast")
    assert wanted in lay_out(find(name)(RUN), "text")


def test_a_new_file_is_a_new_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "count_cases.py").write_text(NEW)
    monkeypatch.setattr(sheets, "__path__", [*sheets.__path__, str(tmp_path)])
    try:
        assert "count_cases" in names()
        assert find("count_cases").subject == "Run"
        assert lay_out(find("count_cases")(RUN), "text") == "3\n"
    finally:
        sys.modules.pop("harness.reports.sheets.count_cases", None)


def test_a_report_that_is_not_there() -> None:
    with pytest.raises(UnknownName, match="did you mean 'agreement'"):
        find("agreemnt")
