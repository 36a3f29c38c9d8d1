"""The records of a history: runs, points, steps, series."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from harness.config import CaseKey
from harness.environments import EnvironmentRecord
from harness.machine import Commit, Machine
from harness.records import values_of
from harness.results import SEVERITY, Status

Quantity = Literal["time", "memory", "digits", "status"]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The parts of a run that a history needs."""

    run: str
    suite: str
    started: str
    machine: Machine
    """The machine that it was started on."""
    commit: Commit | None
    threads: int | None
    """Threads of every pool."""
    protocol: int = 1
    """Version of the timing protocol."""
    environments: Annotated[tuple[EnvironmentRecord, ...], Field(exclude=True)] = ()
    """The environments of its cases, other than linbench's own."""
    machines: Mapping[str, Machine] = field(default_factory=dict)
    """The machines that the selected cases were measured on, by id."""

    def record(self) -> dict[str, Any]:
        """The run as JSON values, with what was read of its machines."""
        begun, *measured = ({"id": each.id, "cpu": each.cpu} for each in (self.machine, *self.machines.values()))
        return {**values_of(self), "machine": begun, "machines": measured}

    @property
    def places(self) -> str:
        """Its machines in words; empty where they are not known."""
        return " and ".join(each.cpu or each.id for each in self.machines.values())

    def moved(self, before: RunSummary) -> bool:
        """Whether its machines differ from those of the run before."""
        return {*self.machines} != {*before.machines}


@dataclass(frozen=True, slots=True)
class Place:
    """A measured commit of a library, with its place in the order."""

    order: Annotated[int, Field(exclude=True)]
    id: str
    name: str
    """Its release, or the beginning of its id."""
    date: str
    """The author date: ISO 8601, with its offset."""
    subject: str


@dataclass(frozen=True, slots=True)
class Point:
    """One case in one run."""

    run: RunSummary
    status: Status
    """The gravest of its rounds."""
    rounds: int
    seconds: float | None
    control: float | None
    """``seconds`` and ``control``: lower quartile of a round's samples, as a geometric mean over rounds."""
    ratio: float | None
    """The case's lower quartile over the control's, as a geometric mean over rounds."""
    digits: float | None
    """The fewest over its rounds."""
    memory_bytes: int | None
    iterations: int | None
    """``memory_bytes`` and ``iterations``: the most over its rounds."""
    versions_json: str
    """Versions that its worker imported, as JSON."""
    machines: frozenset[str]
    """Ids of the machines that the case was measured on in this run; empty where unknown."""
    place: Place | None = None
    """The library's commit, in a history over the commits of a library."""

    @property
    def when(self) -> str:
        """The date of the library's commit, else of the run."""
        return self.place.date if self.place else self.run.started

    @property
    def versions(self) -> dict[str, str]:
        """Versions that its worker imported, by distribution."""
        found = json.loads(self.versions_json)
        return found if isinstance(found, dict) else {}

    def record(self) -> dict[str, Any]:
        """The point as JSON values, its run by id."""
        keys = ("status", "rounds", "seconds", "control", "digits", "memory_bytes", "iterations", "versions")
        measured = {key: getattr(self, key) for key in keys}
        at = self.place and values_of(self.place)
        return {"run": self.run.run, "machines": sorted(self.machines), "figure": self.ratio, **measured, "at": at}


@dataclass(frozen=True, kw_only=True)
class Step:
    """A place where a case's level changed for good, or where a number without noise changed."""

    quantity: Quantity
    """``time`` is normalised by the control."""
    before: Point
    after: Point
    """``before`` and ``after``: the last run of the old level, and the first of the new one."""
    level_before: float | str
    level_after: float | str
    """Geometric mean over each level's runs; for digits and statuses, those of the two runs."""
    effect: float | None = None
    """Relative change for time and memory (0.1: 10 % more), difference for digits, None for a status."""
    low: float | None = None
    high: float | None = None
    """99 % confidence interval of the effect (Welch); None for numbers without noise."""
    p: float | None = None
    """Adjusted for the possible places of the step (Bonferroni) and for all series (Holm)."""
    runs_before: int
    runs_after: int
    """``runs_before`` and ``runs_after``: the number of runs of each level."""
    new_machine: bool
    """Whether no machine measured both levels, so that the machine may be the cause."""
    own: bool | None = None
    """For time on one machine: whether the case's own seconds moved the same way, by half of the effect or more. If
    not, the control kernel moved, as with another build of NumPy."""

    between: tuple[str, ...] = ()
    """In a history over a library's commits: the ids of those in the new level that are not in the old one."""
    known: tuple[str, ...] = ()
    """Its known causes."""

    @property
    def worse(self) -> bool:
        """Whether the new level is worse."""
        if self.quantity == "status":
            return SEVERITY[self.after.status] > SEVERITY[self.before.status]
        effect = self.effect or 0.0
        return effect < 0 if self.quantity == "digits" else effect > 0

    def versions_changed(self) -> dict[str, tuple[str | None, str | None]]:
        """The distributions whose versions differ between the sides, with both versions."""
        before, after = self.before.versions, self.after.versions
        names = sorted({*before, *after})
        return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}

    def record(self) -> dict[str, Any]:
        """The step as JSON values."""
        numbers = ("level_before", "level_after", "effect", "low", "high", "p", "runs_before", "runs_after")
        return {
            "figure": self.quantity,
            "worse": self.worse,
            **{key: getattr(self, key) for key in numbers},
            "before": self.before.run.record(),
            "after": self.after.run.record(),
            "at_before": self.before.place and values_of(self.before.place),
            "at_after": self.after.place and values_of(self.after.place),
            "commits": len(self.between) or None,
            "versions_changed": self.versions_changed(),
            "new_machine": self.new_machine,
            "own": self.own,
            "known": list(self.known),
        }


@dataclass(frozen=True)
class Series:
    """A case through all runs over the same data with the same number of threads."""

    key: CaseKey
    """The case, as the latest run that has it describes it."""
    data: str
    """Fingerprint of the problem as fitted."""
    threads: int | None
    points: tuple[Point, ...]
    """Oldest first; never empty."""
    steps: tuple[Step, ...]
    """Oldest first."""

    @property
    def case(self) -> str:
        """The case's id."""
        return self.key.id

    def moves(self) -> tuple[Point, ...]:
        """The points whose machines differ from those of the point before."""
        return tuple(new for old, new in pairwise(self.points) if new.machines != old.machines)

    def record(self) -> dict[str, Any]:
        """The series as JSON values."""
        return {
            "case": self.case,
            "data": self.data,
            "threads": self.threads,
            "points": [each.record() for each in self.points],
            "steps": [each.record() for each in self.steps],
            "machine_changes": [each.run.run for each in self.moves()],
        }


@dataclass(frozen=True)
class Skipped:
    """A file that could not be read, or not in full, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class LibrarySummary:
    """The library of a history over commits."""

    name: str
    """The distribution's name."""
    places: tuple[Place, ...]
    """The commits that were measured, ancestors first."""
    left_out: tuple[str, ...]
    """Versions for which no commit was found."""


@dataclass(frozen=True)
class History:
    """The selected series."""

    series: tuple[Series, ...]
    """By case."""
    runs: tuple[RunSummary, ...]
    """Every run that was read, oldest first."""
    skipped: tuple[Skipped, ...]
    library: LibrarySummary | None = None
    """Set where the history is over its commits; points are then in their order."""

    def record(self) -> dict[str, Any]:
        """The history as ``linbench history --format json`` prints it."""
        return {
            "runs": [each.record() for each in self.runs],
            "skipped": [{"path": str(each.path), "reason": each.reason} for each in self.skipped],
            "library": self.library and values_of(self.library),
            "series": [each.record() for each in self.series],
        }
