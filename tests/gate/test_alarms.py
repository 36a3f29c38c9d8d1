"""How much worse warns and how much fails: what a suite's `[[gate]]` says, in every place that says it."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.compare import Comparison, compare
from harness.config import GateTable, gate_of, read_suite
from harness.errors import SuiteError
from harness.gate.accepted import Acceptance, with_accepted
from harness.reports.layout import lay_out
from harness.reports.sheets.comparison import comparison
from tests.conftest import Linbench
from tests.support.comparisons import CASE, OTHER, both, only, run_of, slowed, timed
from tests.support.runs import write_run

ADVICE = (GateTable(warn=0.05, fail=0.15),)


def changed(times: float, tables: tuple[GateTable, ...], **new: Any) -> Comparison:

    return compare(run_of(timed()), run_of(timed(times=slowed(times), **new), 1, gate=tables), side_by_side=True)


@pytest.mark.parametrize(("times", "alarm"), [(1.0, ""), (0.5, ""), (1.04, "note"), (1.10, "warn"), (1.2, "fail")])
def test_a_slowdown_is_noted_warns_or_fails_by_its_size(times: float, alarm: str) -> None:
    found = changed(times, ADVICE)
    assert only(found).alarm == alarm
    assert len(found.failing) == (alarm == "fail")
    record = found.record()
    assert record["alarm"] == record["cases"][0]["alarm"] == alarm
    assert [each["alarm"] for each in record["cases"][0]["judgements"] if each["kind"] == "seconds"] == [alarm]


def test_without_a_table_whatever_is_worse_fails_and_never_means_never() -> None:
    assert only(changed(1.04, ())).alarm == "fail"
    assert only(changed(9.0, (GateTable(fail="never"),))).alarm == "warn"
    assert only(changed(9.0, (GateTable(warn="never", fail="never"),))).alarm == "note"


@pytest.mark.parametrize("lost", [{"scores": {"digits": 9.0}}, {"status": "crashed"}, {"iterations": 9}])
def test_digits_statuses_and_counts_fail_always(lost: dict[str, Any]) -> None:
    never = (GateTable(warn="never", fail="never"),)
    old = timed(iterations=3) if "iterations" in lost else timed()

    found = compare(run_of(old), run_of(timed(**lost), 1, gate=never), side_by_side=True)
    assert only(found).alarm == "fail"
    gone = compare(run_of([*timed(), *timed(OTHER)]), run_of(timed(), 1, gate=never))
    assert [case.alarm for case in gone.cases] == ["", "fail"]


def test_memory_has_the_levels_of_a_time() -> None:
    assert only(changed(1.0, ADVICE, peak_memory_bytes=101_000_000)).alarm == "warn"
    assert only(changed(1.0, ADVICE, peak_memory_bytes=120_000_000)).alarm == "fail"


def test_the_last_table_that_matches_holds() -> None:
    tables = (GateTable(fail=0.1), GateTable(only="scratch_*", fail="never"), GateTable(only="[n=3]", fail=0.3))
    assert [gate_of(case, tables).fail for case in (OTHER, CASE, "linear[n=3]/scratch_ols")] == [0.1, "never", 0.3]


def test_what_was_accepted_is_a_note() -> None:
    (case,) = with_accepted(changed(1.2, ADVICE), [Acceptance("scratch", "exact sums", "abc")]).cases
    assert case.alarm == "note"


def test_the_text_says_the_alarm() -> None:
    text = lay_out(comparison(changed(1.10, ADVICE)), "text")
    assert "worse (1 worse); 1 warning" in text
    assert text.splitlines()[3].rstrip().endswith("warn")
    assert "1 failure" in lay_out(comparison(both(timed(), timed(times=slowed(1.2)), side_by_side=True)), "text")


def test_the_command_ends_with_0_for_a_warning_and_with_1_for_a_failure(in_process: Linbench, tmp_path: Path) -> None:
    store = tmp_path / "results"
    old = write_run(store / "runs", 0, timed())
    for times, code in ((1.10, 0), (1.2, 1)):
        new = write_run(store / "runs", 1 + code, timed(times=slowed(times)), gate=ADVICE)
        done = in_process("compare", old, new, "--format", "json", "--results", store)
        assert done.code == code, done.err
        assert json.loads(done.out)["alarm"] == ("fail" if code else "warn")
        file = tmp_path / "c.json"
        file.write_text(done.out)
        assert in_process("review", file, "--format", "annotations").out.startswith("::error" if code else "::warning")


SUITE = """
name = "mine"
[[dataset]]
use = "linear"
[[backend]]
use = "numpy_lstsq"
[[gate]]
"""


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('only = "sklearn"', "only: got 'sklearn', which is in no case's id"),
        ("warn = 0.1", "warn: got 0.1, wanted at most what fails: fail = 0.0"),
        ('warn = "never"\nfail = 0.2', "warn: got 'never', wanted at most what fails: fail = 0.2"),
        ("fail = -1", "fail"),
        ("fial = 1", "did you mean 'fail'"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_its_line(table: str, said: str) -> None:
    with pytest.raises(SuiteError, match=r"mine.toml:\d+: gate") as error:
        read_suite(SUITE + table, Path("mine.toml"))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_suite_keeps_its_tables() -> None:
    suite = read_suite(f'{SUITE}only = "lin"\nwarn = 0.02\nfail = "never"', Path("mine.toml"))
    assert suite.gate == (GateTable(only="lin", warn=0.02, fail="never"),)
