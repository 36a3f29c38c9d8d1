"""For github-action-benchmark, tool ``customSmallerIsBetter``: median seconds of each case that has an answer.

The action compares one number per name with that of the run before. Digits, for which more is better and ratios mean
nothing, are in the text that it shows beside a point. It takes an empty list as an error.
"""

from typing import Any

from harness.exports.base import UNDETERMINED, Format, as_json, name_of, timed, undetermined
from harness.judgement.digits import digits
from harness.results import Row, Run
from harness.units import count_text


def record(run: Run) -> list[dict[str, Any]]:
    """The list of points."""
    return [_point(name_of(row, run), row) for row in timed(run)]


def _point(name: str, row: Row) -> dict[str, Any]:
    time = row.timing
    assert time is not None  # noqa: S101 - `timed` yields only rows with times
    numbers = {"status": row.status, "digits": digits.of(row), "iterations": row.worst.iterations}
    shown = [f"{name} {value}" for name, value in numbers.items() if value is not None]
    shown.extend([UNDETERMINED] * undetermined(row))
    return {
        "name": name,
        "unit": "s",
        "value": time.median,
        "range": f"± {(time.high - time.low) / 2:.3g}",
        "extra": "\n".join([*shown, f"{time.samples} samples in {count_text(time.rounds, 'round')}"]),
    }


FORMAT = Format("github-action-benchmark, customSmallerIsBetter", text=as_json(record))
