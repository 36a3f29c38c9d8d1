"""For github-action-benchmark, tool ``customSmallerIsBetter``: median seconds of each case that has an answer.

The action compares one number of a name with that of the run before, so that digits, for which more is better and a
ratio says nothing, stand in the text that it shows beside a point. It takes an empty list for an error.
"""

from __future__ import annotations

from typing import Any

from harness.exports.base import Format, timed
from harness.results import Row, Run, json_text

__all__ = ["FORMAT"]


def text(run: Run) -> str:
    """The list of points."""
    return json_text([_point(row) for row in timed(run)], indent=1) + "\n"


def _point(row: Row) -> dict[str, Any]:
    record = row.record()
    time = record["seconds"]
    half = (time["high"] - time["low"]) / 2
    told = [f"{key} {record[key]}" for key in ("status", "digits", "iterations") if record[key] is not None]
    return {
        "name": record["case"],
        "unit": "s",
        "value": time["median"],
        "range": f"± {half:.3g}",
        "extra": "\n".join([*told, f"{time['samples']} samples in {time['rounds']} round(s)"]),
    }


FORMAT = Format("github-action-benchmark, customSmallerIsBetter", text=text)
