"""Bencher Metric Format: latency, correct digits and peak memory of each case that has an answer.

``latency`` is a built-in measure of Bencher's, in nanoseconds. For ``digits`` less is worse: give it a lower boundary
in Bencher. ``undetermined`` is 1 where the data do not determine the coefficients; ``digits`` are then of the fitted
values.
"""

from typing import Any

from harness.exports.base import Format, as_json, name_of, timed, undetermined
from harness.judgement.digits import digits
from harness.results import Row, Run

NANOSECONDS = 1e9


def record(run: Run) -> dict[str, Any]:
    """The object of benchmarks."""
    return {name_of(row, run): _measures(row) for row in timed(run)}


def _measures(row: Row) -> dict[str, Any]:
    numbers = {"digits": digits.of(row), "peak-memory": row.peak_memory_bytes}
    measures: dict[str, Any] = {name: {"value": value} for name, value in numbers.items() if value is not None}
    if undetermined(row):
        measures["undetermined"] = {"value": 1}
    if row.timing is not None:
        interval = {"value": row.timing.median, "lower_value": row.timing.low, "upper_value": row.timing.high}
        measures["latency"] = {key: value * NANOSECONDS for key, value in interval.items()}
    return measures


FORMAT = Format("Bencher Metric Format, for `bencher run --adapter json`", text=as_json(record))
