"""The table: built once, laid out as text, Markdown and CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from harness.reports import table
from harness.results import Measurement, Run
from harness.units import bytes_text, coefficients_text, number_text, ratio_text, seconds_text

NASTY = "<script>alert(1)</script>|=cmd|' /C calc'!A0"


def plan(backend: str, dataset: str = "d") -> dict[str, object]:
    where = {"device": "cpu", "dtype": "float64", "environment": "default"}
    return {
        "case": f"{dataset}/{backend}/cpu/float64", "dataset": dataset, "dataset_label": dataset, "dataset_options": {},
        "backend": backend, "backend_label": backend, "options": {}, **where,
    }  # fmt: skip


def run_of(*measurements: Measurement) -> Run:
    cases = [plan(each.case.split("/")[1], each.case.split("/")[0]) for each in measurements]
    header = {"run": "r", "suite": "s", "started": "now", "machine": {}, "commit": None, "plan": {}, "cases": cases}
    return Run(Path("r.jsonl"), header, measurements, "later")


SCORES = {"digits": 15.25, "max_difference": 1e-16, "loss_train": 0.0162, "excess_loss": 0.0, "ill_posed": False}


def measured(backend: str, **answer: Any) -> Measurement:
    case = f"d/{backend}/cpu/float64"
    return Measurement(case=case, round=0, status="ok", intercept=0.5, scores=SCORES, **answer)


RUN = run_of(
    measured("slow", seconds=(2e-3, 3e-3), coef=(1.0, 2.0, 3.0, 5.0)),
    measured("fast", seconds=(1e-3,), coef=(1.0, 2.0, 3.0, 4.0)),
    Measurement(case="d/lost/cpu/float64", round=0, status="crashed", reason="killed by SIGSEGV"),
)  # fmt: skip


def text_of(run: Run, width: int = 250) -> str:
    out = io.StringIO()
    table.as_text(run, Console(file=out, width=width))
    return out.getvalue()


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
    assert all(len(line) <= 80 for line in text.splitlines() if "too narrow" not in line)
    assert "too narrow for" in text
    assert all(name in text for name in ("fast", "slow", "lost", "2.50 ms"))


def test_markdown_has_every_row_and_escapes() -> None:
    lost = Measurement(case=f"d/{NASTY.replace('/', '')}/cpu/float64", round=0, status="error", reason=NASTY)
    text = table.as_markdown(run_of(*RUN.measurements, lost))
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len({line.replace("\\|", "").count("|") for line in rows}) == 1
    assert "<script>" not in text.replace("\\<", "")


def test_csv_has_every_number_in_full_and_runs_nothing() -> None:
    bad = Measurement(case="d/=HYPERLINK(1)/cpu/float64", round=0, status="error", reason="=cmd|x")
    rows = list(csv.DictReader(io.StringIO(table.as_csv(run_of(*RUN.measurements, bad)))))
    assert [row["backend"] for row in rows] == ["fast", "slow", "'=HYPERLINK(1)", "lost"]
    assert rows[1]["seconds_median"] == "0.0025"
    assert rows[0]["coef"] == "1.0 2.0 3.0 4.0"
    assert rows[2]["reason"] == "'=cmd|x"
    assert rows[3]["seconds_median"] == ""


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
    assert ratio_text(3856.4) == "3856"
    assert number_text(0.0) == "0"
