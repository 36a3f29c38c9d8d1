"""One number of every case: what stands behind which name, and what stands where there is no number."""

from typing import Any

import pytest

from harness.errors import UnknownName
from harness.judgement import Scores
from harness.reports.sheets.pivot import pivot
from harness.results import Measurement, Run
from tests.reports.sheets.test_table import run_of


def fit(case: str, digits: float | None = 12.0, **changes: Any) -> Measurement:
    given = {"case": case, "round": 0, "status": "ok", "seconds": (1e-3,), "scores": Scores({"digits": digits})}
    return Measurement(**{**given, **changes})


def texts(run: Run, number: str = "digits") -> list[list[str]]:
    (found,) = pivot(run, number).tables
    return [[each.heading for each in found.columns], *([cell.text for cell in row] for row in found.rows)]


def test_backends_stand_down_and_datasets_across_in_the_order_of_the_run() -> None:
    run = run_of(fit("d/b/cpu/float64"), fit("d/a/cpu/float64", 3.0), fit("e/a/cpu/float64", 4.0))
    assert texts(run) == [["backend", "d", "e"], ["b", "12.0", ""], ["a", "3.0", "4.0"]]


def test_a_status_stands_where_there_is_no_number() -> None:
    lost = fit("d/b/cpu/float64", None, status="crashed", seconds=())
    run = run_of(fit("d/a/cpu/float64"), lost)
    assert texts(run)[2] == ["b", "crashed"]
    (found,) = pivot(run).tables
    assert (found.rows[1][1].value, found.rows[1][1].style) == (None, "bad")


def test_what_tells_cases_of_one_dataset_apart_stands_behind_the_backend_what_tells_datasets_behind_theirs() -> None:
    within = run_of(fit("d/a/cpu/float64"), fit("d/a/cpu/float32"))
    assert texts(within)[0] == ["backend", "d"]
    assert [row[0] for row in texts(within)[1:]] == ["a float64", "a float32"]
    between = run_of(fit("d/a/cpu/float64"), fit("e/a/cpu/float32"))
    assert texts(between)[0] == ["backend", "d float64", "e float32"]
    assert [row[0] for row in texts(between)[1:]] == ["a"]


def test_any_number_and_any_score_can_be_asked_for() -> None:
    run = run_of(fit("d/a/cpu/float64", scores=Scores({"condition": 31.25})), fit("d/b/cpu/float64", seconds=(2e-3,)))
    assert [row[1] for row in texts(run, "condition")[1:]] == ["31.25", "–"]
    assert [row[1] for row in texts(run, "time")[1:]] == ["1.00 ms", "2.00 ms"]
    assert [row[1] for row in texts(run, "ratio")[1:]] == ["1.00", "2.00"]
    assert pivot(run, "condition").tables[0].notes[0].startswith("condition: Condition number")
    with pytest.raises(UnknownName, match="did you mean one of digits, digits_median"):
        pivot(run, "digit")
