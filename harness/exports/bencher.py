"""Bencher Metric Format: latency, correct digits and peak memory of each case that has an answer.

``latency`` is Bencher's own measure, which it takes to be in nanoseconds. For ``digits`` less is worse: give it a
lower boundary there.
"""

from __future__ import annotations

from typing import Any

from harness.exports.base import Format, timed
from harness.results import Row, Run, json_text

__all__ = ["FORMAT"]

NANOSECONDS = 1e9


def text(run: Run) -> str:
    """The object of benchmarks."""
    return json_text({row.plan["case"]: _measures(row) for row in timed(run)}, indent=1) + "\n"


def _measures(row: Row) -> dict[str, Any]:
    record = row.record()
    time = record["seconds"]
    interval = {"value": time["median"], "lower_value": time["low"], "upper_value": time["high"]}
    measures = {"latency": {key: value * NANOSECONDS for key, value in interval.items()}}
    for name, value in (("digits", record["digits"]), ("peak-memory", record["peak_memory_bytes"])):
        if value is not None:
            measures[name] = {"value": value}
    return measures


FORMAT = Format("Bencher Metric Format, for `bencher run --adapter json`", text=text)
