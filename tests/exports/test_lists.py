"""The formats that are lists of numbers: github-action-benchmark, Bencher, CSV, Parquet."""

import csv
import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from harness.errors import LinbenchError
from harness.exports.base import export
from harness.printable import printable
from harness.results import Run
from tests.exports.conftest import ABSENT, FINE, LATE, LOST, NASTY, SLOW, WILD
from tests.support.runs import measured

ANSWERED = {FINE, SLOW, NASTY}


def no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def read_json(text: str | None) -> Any:
    assert text is not None
    return json.loads(text, parse_constant=no_constant)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def test_github_action_takes_every_point(run: Run) -> None:
    points = read_json(export(run, "github-action"))
    assert {point["name"] for point in points} == ANSWERED
    for point in points:
        assert set(point) <= {"name", "unit", "value", "range", "extra"}
        assert is_number(point["value"])
        assert all(isinstance(point[key], str) for key in ("name", "unit", "range", "extra"))


def test_github_action_tells_the_median_and_what_is_known_beside_it(run: Run) -> None:
    (point,) = [each for each in read_json(export(run, "github-action")) if each["name"] == FINE]
    row = next(row for row in run.rows if row.case.id == FINE)
    assert point["value"] == row.record()["seconds"]["median"]
    assert (point["unit"], point["range"][:2]) == ("s", "± ")
    assert point["extra"] == "status ok\ndigits 13.5\n40 samples in 2 rounds"


@pytest.mark.parametrize("name", ["bencher", "github-action", "junit", "pytest-benchmark", "csv"])
def test_undetermined_coefficients_are_said(name: str, another: Callable[..., Run]) -> None:
    def exported(*, undetermined: bool) -> str:
        basis = "fitted values" if undetermined else "coefficients"
        scores = {"digits": 15.0, "ill_posed": undetermined, "judged_by": basis}
        text = export(another(measured(np.random.default_rng(0), FINE, scores=scores), hours=5 + undetermined), name)
        assert text is not None
        return text

    assert re.search(r"undetermined|do not determine|fitted values", exported(undetermined=True))
    assert not re.search(r"undetermined|do not determine|fitted values", exported(undetermined=False))


def test_bencher_keeps_to_its_published_schema(run: Run) -> None:
    """`object of object of {value, lower_value?, upper_value?}`, all numbers; names of measures have 64 characters."""
    benchmarks = read_json(export(run, "bencher"))
    assert set(benchmarks) == ANSWERED
    for name, measures in benchmarks.items():
        assert 0 < len(name) <= 1024
        assert measures
        for measure, metric in measures.items():
            assert 0 < len(measure) <= 64
            assert "value" in metric
            assert set(metric) <= {"value", "lower_value", "upper_value"}
            assert all(is_number(value) for value in metric.values())


def test_bencher_tells_nanoseconds_digits_and_bytes(run: Run) -> None:
    fine = read_json(export(run, "bencher"))[FINE]
    assert 1e6 <= fine["latency"]["lower_value"] <= fine["latency"]["value"] <= fine["latency"]["upper_value"] < 1.2e6
    assert fine["digits"] == {"value": 13.5}
    assert fine["peak-memory"] == {"value": 90_000_000}


def test_bencher_leaves_out_what_is_not_known(another: Callable[..., Run]) -> None:
    bare = another(measured(np.random.default_rng(0), digits=None, peak_memory_bytes=None))
    (measures,) = read_json(export(bare, "bencher")).values()
    assert set(measures) == {"latency"}


def test_csv_has_a_line_for_every_case_and_no_formula(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(export(run, "csv") or "")))
    status = {row["case"]: row["status"] for row in rows}
    assert status == {
        FINE: "ok", SLOW: "not_converged", LATE: "timeout", LOST: "crashed", ABSENT: "missing", WILD: "diverged",
        printable(NASTY): "ok",
    }  # fmt: skip
    assert {row["case"]: row["backend"] for row in rows}[printable(NASTY)] == "'=b,|\\"


def test_parquet_holds_every_measurement_whole(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "it's [1] *.parquet"
    target.write_text("in place of this")
    assert export(run, "parquet", target) is None
    with duckdb.connect(":memory:") as connection:
        found = connection.read_parquet(f"{tmp_path}/it's ?1? ?.parquet")
        rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
    assert len(rows) == len(run.measurements)
    for row, each in zip(rows, run.measurements, strict=True):
        assert (row["case"], row["round"], row["status"], row["reason"]) == (
            each.case,
            each.round,
            each.status,
            each.reason,
        )
        assert (row["seconds"], row["control"], row["order"]) == (
            list(each.seconds),
            list(each.control),
            list(each.order),
        )
        assert row["coef"] == (None if each.coef is None else list(each.coef))
        assert row["digits"] == each.scores.get("digits")
        assert json.loads(row["versions"]) == each.versions
        assert {name: x for name, x in json.loads(row["scores"]).items() if x is not None} == each.scores
    first = rows[0]
    assert (first["run"], first["suite"], first["machine"], first["commit"]) == (run.id, "speed", "one", "00000000" * 5)


def test_parquet_without_duckdb_says_what_to_install(run: Run, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(LinbenchError, match=r"needs duckdb.*linbench\[history\]"):
        export(run, "parquet", tmp_path / "out.parquet")
