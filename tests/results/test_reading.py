"""Runs are read back as they were written; what is damaged, foreign or newer is said to be, in one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import StoreError
from harness.judgement import Scores
from harness.judgement.digits import digits
from harness.records import json_text
from harness.results import FORMAT, Descent, Measurement, ProblemRecord, Run, load_run
from harness.results.lines import line_of
from tests.support.paths import ROOT
from tests.support.runs import CASE, header, measured, write_run

PROBLEM = ProblemRecord(dataset_label="linear", dtype="float64", data="0123abcd", n_samples=20, n_features=1)


def row_of(folder: Path, *rounds: dict[str, Any]) -> Any:
    given_ = [
        Measurement(**{"case": CASE, "round": i, "status": "ok", "seconds": (1.0, 3.0, 2.0), **each})
        for i, each in enumerate(rounds)
    ]
    (row,) = load_run(write_run(folder, 0, given_)).rows
    return row


def damaged(run: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    run.write_bytes(b"\n".join(change(run.read_bytes().split(b"\n"))))


def a_run(folder: Path) -> Path:
    return write_run(folder, 0, [measured(np.random.default_rng(0))], problems=[PROBLEM])


def test_what_was_measured_is_read_back_whole(tmp_path: Path) -> None:
    one = measured(
        np.random.default_rng(0),
        coef=(0.1, 1e-300, -5e-324, None),
        scores={"digits": 15.5, "exact_standard_errors": (0.1, 0.2), "judged_by": "coefficients"},
        descent=Descent(epochs=(1, 2), loss=(1.0, None), excess_loss=(0.5, None), stopped="it diverged"),
    )
    run = load_run(write_run(tmp_path, 0, [one], problems=[PROBLEM]))
    assert run.measurements == (one,)
    assert run.header == header(0, [CASE])
    assert run.rows[0].problem == PROBLEM
    assert run.finished


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_survives_to_the_last_bit(value: float) -> None:
    assert json.loads(json_text({"x": [value]}))["x"][0].hex() == value.hex()


def test_what_is_not_finite_is_null() -> None:
    assert json.loads(json_text({"a": [float("nan")], "b": float("inf")})) == {"a": [None], "b": None}


def test_the_timing_of_one_round_is_the_median_and_the_quartiles_of_its_samples(tmp_path: Path) -> None:
    timing = row_of(tmp_path, {"first_call": 9.0, "prepare": 0.5}).timing
    assert (timing.median, timing.low, timing.high, timing.interval) == (2.0, 1.5, 2.5, "quartiles")
    assert (timing.samples, timing.rounds, timing.first_call, timing.prepare) == (3, 1, 9.0, 0.5)


def test_a_row_without_samples_has_no_timing(tmp_path: Path) -> None:
    row = row_of(tmp_path, {"status": "missing", "seconds": ()})
    assert row.timing is None
    assert row.record()["seconds"] is None


def test_the_gravest_round_speaks_for_the_case(tmp_path: Path) -> None:
    row = row_of(tmp_path, {}, {"status": "crashed", "reason": "boom", "seconds": ()}, {})
    assert (row.record()["status"], row.record()["reason"]) == ("crashed", "boom")


def test_the_fewest_digits_speak_among_equals(tmp_path: Path) -> None:
    row = row_of(tmp_path, *({"scores": Scores({"digits": right})} for right in (15.0, 3.0, 16.0)))
    assert digits.of(row) == row.record()["digits"] == 3.0


def test_rows_without_scores_share_nothing() -> None:
    one, other = (Measurement(case=CASE, round=i, status="error") for i in (0, 1))
    assert one.scores is not other.scores
    assert not one.scores
    with pytest.raises(TypeError):
        one.scores["digits"] = 1.0  # type: ignore[index]


def test_a_line_that_was_cut_off_counts_as_not_written(tmp_path: Path) -> None:
    path = a_run(tmp_path)
    before = load_run(path)
    with path.open("a") as file:
        file.write('{"case": "half')
    assert load_run(path).measurements == before.measurements


@pytest.mark.parametrize("line", [b"{", b"[]", b"nonsense", b'{"round": 1}', b"\xff\xfe", b"", b"[" * 100_000])
def test_a_damaged_line_within_is_named_by_its_number(tmp_path: Path, line: bytes) -> None:
    path = a_run(tmp_path)
    damaged(path, lambda lines: [lines[0], line, *lines[1:]])
    with pytest.raises(StoreError, match=rf"{path.name}:2: damaged: .*; remove the line to read the rest") as caught:
        load_run(path)
    assert "\n" not in str(caught.value)


def test_no_bit_can_flip_unseen(tmp_path: Path) -> None:
    """Every byte of a line, one after the other."""
    path = a_run(tmp_path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.choice(len(whole) - 1, 300, replace=False):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(bytes(flipped))
        with pytest.raises(StoreError):
            load_run(path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "melted"}, "status: got \"melted\", wanted 'ok', 'not_converged'"),
        ({"seconds": ["slow"]}, 'seconds[1]: got "slow"'),
        ({"round": "first"}, 'round: got "first"'),
        ({"scores": {"digits": "many"}}, 'scores.digits: got "many"'),
        ({"descent": {"epochs": 3}}, "descent.epochs: got 3, wanted a list"),
    ],
)
def test_a_value_of_another_type_is_told_with_its_place(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    path = a_run(tmp_path)
    line = {"case": CASE, "round": 0, "status": "ok", **changes}
    damaged(path, lambda lines: [*lines[:-2], line_of(line).rstrip(), lines[-1]])
    with pytest.raises(StoreError) as caught:
        load_run(path)
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["", "\n", "{}\n", '{"something": "else"}\n', '{"linbench": "two"}\n', "a,b\n1,2\n"])
def test_a_file_that_is_no_run(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    with pytest.raises(StoreError, match="not a run of linbench"):
        load_run(path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = a_run(tmp_path)
    path.write_text(path.read_text().replace(f'"linbench": {FORMAT}', f'"linbench": {FORMAT + 1}'))
    with pytest.raises(StoreError, match="newer linbench"):
        load_run(path)


def test_keys_that_a_later_version_added_are_left_out(tmp_path: Path) -> None:
    path = a_run(tmp_path)
    before = load_run(path)
    content = [json.loads(line) for line in path.read_bytes().splitlines()]
    for line in content:
        del line["crc32"]
    content[0]["plan"]["gravity"] = content[0]["machine"]["mass"] = content[2]["added_later"] = 1
    path.write_bytes(b"".join(map(line_of, content)))
    after = load_run(path)
    assert (after.header, after.measurements, after.problems) == (before.header, before.measurements, before.problems)


def test_runs_of_format_1_are_read_without_checksums(tmp_path: Path) -> None:
    path = a_run(tmp_path)
    before = load_run(path)
    content = [json.loads(line) for line in path.read_bytes().splitlines()]
    for line in content:
        del line["crc32"]
    content[0]["linbench"] = 1
    path.write_text("".join(json_text(line) + "\n" for line in content if "problem" not in line))
    after = load_run(path)
    assert (after.measurements, after.finished) == (before.measurements, before.finished)


def test_the_committed_baseline_is_read_with_the_numbers_it_had() -> None:
    run: Run = load_run(ROOT / "results" / "baselines" / "default.jsonl")
    row = next(row for row in run.rows if row.case.backend == "scratch_ols" and row.case.dataset == "synthetic")
    assert len(run.rows) == len(run.header.cases)
    assert row.record()["digits"] == digits.of(row)
    assert row.timing is not None
    assert row.timing.interval == "rounds"
    assert (row.case.device, row.case.dtype, row.case.environment) == ("cpu", "float64", "default")
