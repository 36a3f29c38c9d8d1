"""A run as read back, and the rows that are derived from its measurements."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from harness.errors import StoreError
from harness.results.measurement import SEVERITY, Measurement, Status
from harness.stats import Round, level, paired, quantile, round_of, spread

__all__ = ["FORMAT", "Row", "Run", "load_run"]

FORMAT = 1
"""Version of the run file's format. A reader refuses a newer one."""

CONFIDENCE = 0.95
"""Of the interval that a row shows."""

FEWEST_ROUNDS = 3
"""Rounds from which an interval is made of what lies between them."""

NOISY_BETWEEN = 0.05
"""Standard deviation between rounds, of the log figure or of the control's log time, from which a row is noisy."""

NOISY_WITHIN = 0.10
"""Distance of the control's quartiles within a process over their median, from which it is. Quiet machines: 0.04."""

SCORES = (
    "digits",
    "certified_digits",
    "max_difference",
    "loss_train",
    "loss_test",
    "excess_loss",
    "gradient_norm",
    "condition",
    "exact_rank",
    "ill_posed",
    "judged_by",
    "exact_standard_errors",
    "exact_r_squared",
    "standard_error_digits",
    "r_squared_digits",
)
"""The scores a row shows, by their names in `harness.metrics.Scores`."""


@dataclass(frozen=True)
class Row:
    """A line of the table: one case over all its rounds.

    Attributes
    ----------
    plan : mapping
        The case as planned: dataset, backend, options, device, dtype, environment.
    measurements : tuple of Measurement
        One a round, in order; never empty.
    """

    plan: Mapping[str, Any]
    measurements: tuple[Measurement, ...]

    @cached_property
    def worst(self) -> Measurement:
        """The measurement that speaks for the case: the one of the gravest status, then of the fewest digits."""
        digits = [m.scores.get("digits") for m in self.measurements]
        graded = zip(self.measurements, digits, strict=True)
        return max(graded, key=lambda pair: (SEVERITY[pair[0].status], -math.inf if pair[1] is None else -pair[1]))[0]

    @property
    def status(self) -> Status:
        """One word for how the case went."""
        return self.worst.status

    @cached_property
    def samples(self) -> tuple[float, ...]:
        """Seconds a call of every sample of every round."""
        return tuple(each for m in self.measurements for each in m.seconds)

    @cached_property
    def rounds(self) -> Mapping[int, Round]:
        """What each round that was timed comes to, by its number."""
        found = {m.round: round_of(m.seconds, m.control, m.repeats) for m in self.measurements}
        return {number: each for number, each in found.items() if each is not None}

    @property
    def figures(self) -> list[float]:
        """Log of the lower quartile over the control's, a round; rounds that have none are left out."""
        return [each.figure for each in self.rounds.values() if each.figure is not None]

    @property
    def noisy(self) -> bool:
        """Whether the machine was too busy for these times to be trusted far."""
        controls = [math.log(each.control) for each in self.rounds.values() if each.control]
        if any(_deviation(logs) > NOISY_BETWEEN for logs in (controls, self.figures)):
            return True
        within = sorted(each.control_spread for each in self.rounds.values() if each.control_spread is not None)
        return bool(within) and quantile(within, 0.5) > NOISY_WITHIN

    @cached_property
    def processors(self) -> float | None:
        """Processors kept busy: processor time over wall time, the median over the rounds; None where not timed."""
        shares = sorted(sum(m.cpu_seconds) / wall for m in self.measurements if (wall := sum(m.seconds)))
        return quantile(shares, 0.5) if shares else None

    def seconds(self) -> dict[str, Any] | None:
        """The time of the case, and what was timed apart; None where nothing was timed.

        From `FEWEST_ROUNDS` rounds on, ``median`` is the geometric mean of the rounds' medians, with its interval at
        `CONFIDENCE` from what lies between the rounds. Of fewer, median and quartiles of all samples.
        """
        return self._seconds and dict(self._seconds)

    @cached_property
    def _seconds(self) -> dict[str, Any] | None:
        if not self.rounds:
            return None
        first = self.measurements[0]
        return {
            **(self._between_rounds() or self._pooled()),
            "samples": sum(len(each.seconds) for each in self.measurements),
            "rounds": len(self.rounds),
            "noisy": self.noisy,
            "first_call": first.first_call,
            "prepare": first.prepare,
        }

    def _between_rounds(self) -> dict[str, Any] | None:
        medians = [each.median for each in self.rounds.values()]
        if len(medians) < FEWEST_ROUNDS or min(medians) <= 0:
            return None
        logs = paired([math.log(each) for each in medians])
        low, high = map(math.exp, logs.interval(CONFIDENCE))
        return {"median": math.exp(logs.estimate), "low": low, "high": high, "interval": "rounds"}

    def _pooled(self) -> dict[str, Any]:
        middle = spread(self.samples)
        assert middle is not None  # noqa: S101 - there is a round, so there is a sample
        return {"median": middle.median, "low": middle.low, "high": middle.high, "interval": "quartiles"}

    def record(self) -> dict[str, Any]:
        """The row as ``linbench show --format json`` prints it."""
        worst = self.worst
        plan = {
            key: self.plan[key] for key in ("case", "dataset", "backend", "options", "device", "dtype", "environment")
        }
        answer = (
            "coef",
            "intercept",
            "coef_original",
            "intercept_original",
            "iterations",
            "rank",
            "converged",
            "standard_errors",
            "r_squared",
        )
        return {
            **plan,
            "dataset_options": self.plan["dataset_options"],
            "status": worst.status,
            "reason": worst.reason,
            **{key: getattr(worst, key) for key in answer},
            **{key: worst.scores.get(key) for key in SCORES},
            "differing_fits": any(m.differing_fits for m in self.measurements),
            "pools": {name: threads for m in self.measurements for name, threads in m.pools.items()},
            "processors": self.processors,
            "seconds": self.seconds(),
            "peak_memory_bytes": max((m.peak_memory_bytes or 0 for m in self.measurements), default=0) or None,
        }


def _deviation(logs: Sequence[float]) -> float:
    """Standard deviation between rounds; 0 where there are too few to tell."""
    if len(logs) < FEWEST_ROUNDS:
        return 0.0
    return math.sqrt(level(logs, 0.0).variance * len(logs))


@dataclass(frozen=True)
class Run:
    """A run as read back.

    Attributes
    ----------
    path : Path
    header : mapping
        The file's first line.
    measurements : tuple of Measurement
        In the order they were finished.
    finished : str or None
        When the last planned case was; None for a run that was broken off.
    """

    path: Path
    header: Mapping[str, Any]
    measurements: tuple[Measurement, ...]
    finished: str | None

    @property
    def id(self) -> str:
        """The run's id, which is its file's name."""
        return str(self.header["run"])

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """One row a case that has been measured, in the suite's order."""
        found: dict[str, list[Measurement]] = {}
        for each in self.measurements:
            found.setdefault(each.case, []).append(each)
        plans = {plan["case"]: plan for plan in self.header["cases"]}
        return tuple(
            Row(plan, tuple(sorted(found[case], key=lambda m: m.round)))
            for case, plan in plans.items()
            if case in found
        )

    def versions(self) -> dict[str, str]:
        """Every version that a worker of the run had imported."""
        merged: dict[str, str] = {}
        for each in self.measurements:
            merged.update(each.versions)
        return dict(sorted(merged.items()))

    def record(self) -> dict[str, Any]:
        """The run as ``linbench show --format json`` prints it."""
        told = {key: self.header[key] for key in ("suite", "run", "started", "machine", "commit", "plan")}
        planned = len(self.header["cases"])
        return {
            **told,
            "finished": self.finished,
            "cases_planned": planned,
            "versions": self.versions(),
            "rows": [row.record() for row in self.rows],
        }


def load_run(path: Path) -> Run:
    """Read a run's file. A last line that was cut off while it was written counts as not written.

    Raises
    ------
    StoreError
        When the file cannot be read, is no run, is of a newer format, or is damaged before its last line.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from error
    lines.pop()  # empty after a whole last line, else the half that a crash left
    records = [_record(path, number, line) for number, line in enumerate(lines, 1)]
    if not records or "linbench" not in records[0]:
        raise StoreError(f"{path}: not a run of linbench: its first line says nothing of one")
    header, *rest = records
    if not isinstance(header["linbench"], int) or header["linbench"] > FORMAT:
        raise StoreError(
            f"{path}: format {header['linbench']}, this linbench reads up to {FORMAT}; read it with a newer linbench"
        )
    finished = next((str(each["finished"]) for each in rest if "finished" in each), None)
    try:
        measurements = tuple(Measurement.from_record(each) for each in rest if "finished" not in each)
        return Run(path, header, measurements, finished)
    except TypeError as error:
        raise StoreError(f"{path}: a line lacks what a measurement must have: {error}") from error


def _record(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        record = from_json(line)
    except ValueError as error:
        raise StoreError(f"{path}:{number}: damaged, not JSON: {error}; remove the line to read the rest") from error
    if not isinstance(record, dict):
        raise StoreError(f"{path}:{number}: damaged, not an object; remove the line to read the rest")
    return record
