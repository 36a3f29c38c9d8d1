"""The table of a run: what its columns and notes say."""

import csv as standard
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.judgement import Scores, scores
from harness.reports.layout import Screen, lay_out
from harness.reports.layout.csv import csv
from harness.reports.layout.markdown import markdown
from harness.reports.sheets.rows import rows
from harness.reports.sheets.table import columns, numbers, table
from harness.results import Measurement, ProblemRecord, Run
from harness.units import bytes_text, coefficients_text, number_text, ratio_text, seconds_text
from tests.support.runs import header

NASTY = "<script>alert(1)</script>|=cmd|' /C calc'!A0"
SCORES = Scores({"digits": 15.25, "max_difference": 1e-16, "loss_train": 0.0162, "excess_loss": 0.0,
                 "ill_posed": False})  # fmt: skip


def run_of(*measurements: Measurement, problems: tuple[ProblemRecord, ...] = ()) -> Run:
    return Run(Path("r.jsonl"), header(0, [each.case for each in measurements]), measurements, "later", problems)


def measured(backend: str, **answer: Any) -> Measurement:
    given = {"case": f"d/{backend}/cpu/float64", "round": 0, "status": "ok", "intercept": 0.5, "scores": SCORES}
    return Measurement(**{**given, **answer})


RUN = run_of(
    measured("slow", seconds=(2e-3, 3e-3), coef=(1.0, 2.0, 3.0, 5.0)),
    measured("fast", seconds=(1e-3,), coef=(1.0, 2.0, 3.0, 4.0)),
    Measurement(case="d/lost/cpu/float64", round=0, status="crashed", reason="killed by SIGSEGV"),
)  # fmt: skip


def text_of(run: Run, width: int | None = None) -> str:
    return lay_out(table(run), "text", Screen(width))


def test_the_fastest_stands_first_and_what_failed_last_with_its_reason() -> None:
    lines = text_of(RUN).splitlines()
    order = [
        next(i for i, line in enumerate(lines) if line.strip().startswith(name)) for name in ("fast", "slow", "lost")
    ]
    assert order == sorted(order)
    assert any("lost: crashed: killed by SIGSEGV" in line for line in lines)
    slow = lines[order[1]]
    for cell in ("2.50 ms", "2.50", "15.2", "0.0162"):
        assert cell in slow


def test_one_sample_has_no_spread_and_a_lost_cell_no_number() -> None:
    lines = {line.split()[0]: line for line in text_of(RUN).splitlines() if line.strip()}
    assert " – 1.00 ms" not in lines["fast"]
    assert "0.00" not in lines["lost"]


def test_a_row_that_broke_the_plans_threads_says_so() -> None:
    run = run_of(
        measured("many", seconds=(1.0,), cpu_seconds=(1.0,), pools={"openblas 0.3.30": 4, "openmp": 1}),
        measured("busy", seconds=(1.0, 2.0), cpu_seconds=(1.9, 3.8)),
        measured("good", seconds=(1.0,), cpu_seconds=(1.1,), pools={"openblas 0.3.30": 1}),
    )
    text = text_of(run)
    assert "many: openblas 0.3.30 had 4 threads where the plan had 1" in text
    assert "busy: kept 1.9 processors busy where the plan had 1" in text
    assert "good:" not in text


def test_many_coefficients_are_shortened() -> None:
    assert "1, 2, 3, … (4)" in text_of(RUN)


def test_a_narrow_terminal_loses_columns_not_rows_and_says_so() -> None:
    text = text_of(RUN, width=80)
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "too narrow for" in text
    assert all(name in text for name in ("fast", "slow", "lost", "2.50 ms"))


def test_at_80_columns_a_row_is_a_line_that_says_how_it_went() -> None:
    known = Scores({"digits": 15.25, "attainable": 15.2, "verdict": "best_possible"})
    long = measured("torch_lstsq[driver=gels]", seconds=(1.0,), scores=known)
    lines = text_of(run_of(*RUN.measurements, long), width=80).splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in lines if line.startswith("  ")}
    assert rows["backend"] == ["verdict", "digits", "time,", "median"]
    assert rows["torch_lstsq[driver=gels]"][:2] == ["best", "possible"]
    assert rows["lost"] == ["crashed", "–", "–"]


def test_only_places_that_tell_rows_apart_have_a_column() -> None:
    assert not {"device", "dtype", "environment"} & {each.name for each in table(RUN).tables[0].columns}
    other = measured("fast", case="d/fast/cpu/float32", status="error", reason="no")
    both = run_of(*RUN.measurements, other)
    assert "dtype" in {each.name for each in table(both).tables[0].columns}
    assert "fast float32: error: no" in text_of(both)


def test_rows_left_out_and_what_a_reader_took_a_file_for_are_noted_once() -> None:
    problem = ProblemRecord(
        dataset_label="d", dtype="float64", data="x", n_samples=342, n_features=4, rows_read=344, rows_left_out=2,
        left_out={"mass": 2, "sex": 1}, said=("separator ';', decimal comma",),
    )  # fmt: skip
    (found,) = table(run_of(*RUN.measurements, problems=(problem,))).tables
    assert found.notes[-2:] == (
        "2 of 344 rows left out for missing values: mass 2, sex 1",
        "separator ';', decimal comma",
    )
    none = replace(problem, rows_left_out=0, left_out={}, said=())
    assert len(table(run_of(*RUN.measurements, problems=(none,))).tables[0].notes) == len(found.notes) - 2


def test_data_that_changed_between_rounds_are_noted() -> None:
    rounds = [measured("a", round=number, data=data) for number, data in enumerate("xy")]
    assert "a: its data changed between rounds, so its rounds measure different problems" in text_of(run_of(*rounds))


def test_every_score_with_a_heading_is_a_column_and_every_number_can_be_pivoted() -> None:
    placed = [each.name for each in columns() if each.name in scores()]
    assert placed == [each.name for each in sorted(scores().values(), key=lambda score: score.place) if each.heading]
    assert {"certified_digits", "condition", "time", "ratio", "memory", "iterations"} < set(numbers())
    assert not {"judged_by", "ill_posed", "exact_standard_errors", "coefficients", "status"} & set(numbers())


def test_numbers_sort_by_their_value() -> None:
    (found,) = table(RUN).tables
    at = {column.name: i for i, column in enumerate(found.columns)}
    assert [row[at["time"]].sort for row in found.rows] == [0.001, 0.0025, None]
    assert [row[at["quartiles"]].sort for row in found.rows] == [None, pytest.approx(0.00225), None]
    assert found.rows[2][at["status"]].style == "bad"


def test_markdown_has_every_row_and_escapes() -> None:
    lost = Measurement(case=f"d/{NASTY.replace('/', '')}/cpu/float64", round=0, status="error", reason=NASTY)
    text = markdown(table(run_of(*RUN.measurements, lost)))
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
    assert "<script>" not in text.replace("\\<", "")


def test_csv_has_every_number_in_full_and_runs_nothing() -> None:
    bad = Measurement(case="d/=HYPERLINK(1)/cpu/float64", round=0, status="error", reason="=cmd|x")
    found = list(standard.DictReader(io.StringIO(csv(rows(run_of(*RUN.measurements, bad))))))
    assert [row["backend"] for row in found] == ["fast", "slow", "'=HYPERLINK(1)", "lost"]
    assert found[1]["seconds_median"] == "0.0025"
    assert found[0]["coef"] == "1.0 2.0 3.0 4.0"
    assert found[2]["reason"] == "'=cmd|x"
    assert found[3]["seconds_median"] == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.0, "0 ns"),
        (1.5e-9, "1.50 ns"),
        (12.34e-6, "12.3 µs"),
        (0.9996, "1000 ms"),
        (61.0, "61.0 s"),
        (5e-10, "0.500 ns"),
    ],
)
def test_seconds(seconds: float | None, text: str) -> None:
    assert seconds_text(seconds) == text


def test_units() -> None:
    assert bytes_text(91226112) == "87.0 MiB"
    assert bytes_text(None) == number_text(None) == ratio_text(None) == coefficients_text(None) == "–"
    assert ratio_text(3856.4) == "3,856"
    assert number_text(0.0) == "0"
