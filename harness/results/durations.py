"""Durations of cases in earlier runs, to estimate how long a run will take."""

import statistics
from collections.abc import Iterable
from datetime import datetime

from harness.results.measurement import Measurement
from harness.results.run import Run

SAMPLES_ALONE = 2.0
"""Seconds that a case takes per second of its samples, where nothing is known; the rest is the control's time."""


class Durations:
    """Wall seconds per case and round, with ``seconds`` of samples planned.

    They come from the latest of the earlier runs, given oldest first, that has the case.
    """

    def __init__(self, seconds: float, runs: Iterable[Run] = ()) -> None:
        self._unknown = SAMPLES_ALONE * seconds
        self._known: dict[str, float] = {}
        for run in runs:
            scale = seconds / run.header.plan.seconds
            rest = _rest(run)
            for row in run.rows:
                timed = [_own(each) for each in row.measurements if each.seconds]
                if timed:
                    self._known[row.case.id] = scale * statistics.median(timed) + rest

    def __getitem__(self, case: str) -> float:
        return self._known.get(case, self._unknown)


def _own(measurement: Measurement) -> float:
    """Seconds spent on this case alone."""
    apart = (measurement.first_call or 0.0) + (measurement.prepare or 0.0)
    controls = sum(measurement.control) + sum(measurement.stream)
    return sum(measurement.seconds) * (measurement.repeats or 1) + controls + apart


def _rest(run: Run) -> float:
    """Other seconds of a run, for workers, data and exact answers, per measurement."""
    if run.finished is None or not run.measurements:
        return 0.0
    wall = datetime.fromisoformat(run.finished) - datetime.fromisoformat(run.header.started)
    own = sum(_own(each) for each in run.measurements)
    return max(0.0, wall.total_seconds() - own) / len(run.measurements)
