"""Runs are kept whole, read back as they were, and what is damaged is said to be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import from_json

from harness.errors import NothingToShow, StoreError
from harness.results import FORMAT, Measurement, Run, Store, json_text, load_run

CASE = {
    "case": "d/b/cpu/float64", "dataset": "d", "dataset_label": "d", "dataset_options": {}, "backend": "b",
    "backend_label": "b", "options": {}, "device": "cpu", "dtype": "float64", "environment": "default",
}  # fmt: skip
SUITE = {"suite": "s", "plan": {"rounds": 1}, "cases": [CASE]}
ABOUT = {"machine": {"id": "m"}, "commit": None}


def run_of(tmp_path: Path, *measurements: Measurement) -> Run:
    writer = Store(tmp_path).create(SUITE, ABOUT)
    for each in measurements:
        writer.append(each)
    writer.finish()
    writer.close()
    return load_run(writer.path)


def measured(round_: int = 0, **changes: Any) -> Measurement:
    return Measurement(**{"case": CASE["case"], "round": round_, "status": "ok", "seconds": (1.0, 3.0, 2.0), **changes})


def test_what_was_measured_is_read_back_whole(tmp_path: Path) -> None:
    one = measured(coef=(0.1, 1e-300, -5e-324), intercept=2.0, scores={"digits": 15.5}, control=(1.0,), order=(4, 7, 9))
    run = run_of(tmp_path, one)
    assert run.measurements == (one,)
    assert run.finished


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_survives_to_the_last_bit(value: float) -> None:
    for read in (json.loads, from_json):
        assert read(json_text({"x": [value]}))["x"][0].hex() == value.hex()


def test_what_is_not_finite_is_null() -> None:
    assert json.loads(json_text({"a": [float("nan")], "b": float("inf")})) == {"a": [None], "b": None}


def test_seconds_are_derived_and_one_sample_has_no_spread_but_its_own(tmp_path: Path) -> None:
    (row,) = run_of(tmp_path, measured(first_call=9.0, prepare=0.5)).rows
    told = row.seconds()
    assert told is not None
    assert (told["median"], told["samples"], told["rounds"]) == (2.0, 3, 1)
    assert (told["first_call"], told["prepare"]) == (9.0, 0.5)
    assert told["low"] <= told["median"] <= told["high"]
    (unmeasured,) = run_of(tmp_path, measured(status="missing", seconds=())).rows
    assert unmeasured.record()["seconds"] is None


def test_the_gravest_round_speaks_for_the_case(tmp_path: Path) -> None:
    (row,) = run_of(tmp_path, measured(0), measured(1, status="crashed", reason="boom", seconds=()), measured(2)).rows
    assert (row.record()["status"], row.record()["reason"]) == ("crashed", "boom")


def test_the_fewest_digits_speak_among_equals(tmp_path: Path) -> None:
    (row,) = run_of(tmp_path, *(measured(i, scores={"digits": d}) for i, d in enumerate((15.0, 3.0, 16.0)))).rows
    assert row.record()["digits"] == 3.0


def test_a_half_line_counts_as_not_written(tmp_path: Path) -> None:
    run = run_of(tmp_path, measured())
    with run.path.open("a") as file:
        file.write('{"case": "half')
    assert load_run(run.path).measurements == run.measurements


@pytest.mark.parametrize("line", ["{", "[]", "nonsense", '{"round": 1}'])
def test_a_damaged_line_within_is_named(tmp_path: Path, line: str) -> None:
    run = run_of(tmp_path, measured())
    lines = run.path.read_text().splitlines()
    run.path.write_text("\n".join([lines[0], line, *lines[1:]]) + "\n")
    with pytest.raises(StoreError, match=run.path.name):
        load_run(run.path)


@pytest.mark.parametrize("text", ["", "\n", "{}\n", '{"something": "else"}\n'])
def test_a_file_that_is_no_run(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    with pytest.raises(StoreError):
        load_run(path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    run = run_of(tmp_path, measured())
    run.path.write_text(run.path.read_text().replace(f'"linbench": {FORMAT}', f'"linbench": {FORMAT + 1}'))
    with pytest.raises(StoreError, match="newer linbench"):
        load_run(run.path)


def test_keys_that_a_later_version_added_are_left_out(tmp_path: Path) -> None:
    run = run_of(tmp_path, measured())
    run.path.write_text(run.path.read_text().replace('"round": 0', '"round": 0, "added_later": 1'))
    assert load_run(run.path).measurements == run.measurements


def test_runs_are_found_by_path_id_beginning_and_latest(tmp_path: Path) -> None:
    run = run_of(tmp_path, measured())
    store = Store(tmp_path)
    for name in (str(run.path), run.id, run.id[:17], "latest"):
        assert store.find(name) == run.path
    with pytest.raises(NothingToShow, match="no run 'zzz'"):
        store.find("zzz")
    with pytest.raises(NothingToShow, match="make one with"):
        Store(tmp_path / "empty").find("latest")


def test_results_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="--results"):
        Store(tmp_path).create(SUITE, ABOUT)


def test_what_a_verb_measured_for_itself_is_never_the_latest_run_but_can_be_named(tmp_path: Path) -> None:
    store = Store(tmp_path)
    asked = store.create({"suite": "s", "plan": {}, "cases": []}, {"machine": {}})
    asked.close()
    aside = store.create({"suite": "s-again", "plan": {}, "cases": []}, {"machine": {}}, aside=True)
    aside.close()
    assert store.find("latest") == asked.path
    assert store.paths() == [asked.path]
    assert store.find(aside.path.stem) == aside.path
    assert store.of_suite("s-again") == [aside.path]
    assert store.of_suite("s") == [asked.path]
