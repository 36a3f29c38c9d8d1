"""Reads a run from its file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.errors import StoreError
from harness.files import is_file_name
from harness.machine import Machine
from harness.records import from_json, values_of
from harness.results.explained import ExplanationRecord
from harness.results.foreign import kind_of_file
from harness.results.header import FORMAT, ProblemRecord, RunHeader
from harness.results.lines import checked, whole_lines
from harness.results.machines import machines_of
from harness.results.measurement import Measurement
from harness.results.row import Row

SHOWN = ("suite", "run", "started", "machine", "commit", "plan")
"""Fields of the header that `show --format json` prints."""


@dataclass(frozen=True)
class Run:
    """A run as read back from its file."""

    path: Path
    header: RunHeader
    measurements: tuple[Measurement, ...]
    """In the order they were finished."""
    finished: str | None
    """When the last planned case was finished; None for an interrupted run."""
    problems: tuple[ProblemRecord, ...] = ()
    """The problems, in the order of first use; empty in runs of format 1."""
    explanations: tuple[ExplanationRecord, ...] = ()
    """Why cases lack digits: the latest explanation of each case that was explained with ``--keep``."""

    @property
    def id(self) -> str:
        """The run's id, which is its file's name."""
        return self.header.run

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """One row per case that has been measured, in the suite's order."""
        found: dict[str, list[Measurement]] = {}
        for each in self.measurements:
            found.setdefault(each.case, []).append(each)
        problems = {(each.dataset_label, each.dtype): each for each in self.problems}
        planned = {key.id: key for key in self.header.cases}
        return tuple(
            Row(
                key,
                tuple(sorted(found[key.id], key=lambda m: m.round)),
                problems.get((key.dataset_label, key.dtype)),
                self.header.machine,
            )
            for key in planned.values()
            if key.id in found
        )

    @cached_property
    def by_dataset(self) -> Mapping[str, tuple[Row, ...]]:
        """The rows by their dataset's label; in a merged run they need not be contiguous."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.case.dataset_label, []).append(row)
        return {label: tuple(rows) for label, rows in found.items()}

    @cached_property
    def machines(self) -> Mapping[str, Machine]:
        """The known machines that its cases were measured on, by id."""
        hosts = [each for row in self.rows for each in row.machines.values()]
        return machines_of(hosts, self.header.machine)

    @property
    def left_alone(self) -> bool:
        """Whether some cases stopped before the planned rounds because they needed no more (``check --measure``)."""
        planned = self.header.plan
        whole = self.finished is not None and planned.precision is None
        return whole and any(len(row.measurements) < planned.rounds for row in self.rows)

    def versions(self) -> dict[str, str]:
        """Versions that the run's workers imported, by distribution."""
        return versions_of(self.measurements)

    def record(self) -> dict[str, Any]:
        """The run as ``linbench show --format json`` prints it."""
        header = values_of(self.header)
        return {
            **{key: header[key] for key in SHOWN},
            "finished": self.finished,
            "cases_planned": len(self.header.cases),
            "versions": self.versions(),
            "rows": [row.record() for row in self.rows],
            "explanations": [values_of(each) for each in self.explanations],
        }


def versions_of(measurements: Sequence[Measurement]) -> dict[str, str]:
    """Versions that the workers of these measurements imported, by distribution."""
    merged: dict[str, str] = {}
    for each in measurements:
        merged.update(each.versions)
    return dict(sorted(merged.items()))


def load_run(path: Path) -> Run:
    """Read a run's file. An incomplete last line counts as not written.

    Raises
    ------
    StoreError
        When the file cannot be read, is not a run, has a newer format, or has a line that is damaged or lacks a key.
    """
    first, *rest = whole_lines(path) or [b""]
    header = _header(path, first)
    measurements: list[Measurement] = []
    problems: list[ProblemRecord] = []
    explanations: dict[str, ExplanationRecord] = {}
    finished: str | None = None
    for number, line in enumerate(rest, 2):
        try:
            whole = checked(line, wanted=header.linbench > 1)
            if whole.startswith(b'{"problem":'):
                problems.append(from_json(ProblemLine, whole).problem)
            elif whole.startswith(b'{"explanation":'):
                explanation = from_json(ExplanationLine, whole).explanation
                explanations[explanation.case] = explanation
            elif whole.startswith(b'{"finished":'):
                finished = from_json(FinishedLine, whole).finished
            else:
                measurements.append(from_json(Measurement, whole))
        except ValueError as error:
            raise StoreError(f"{path}:{number}: damaged: {error}; remove the line to read the rest") from error
    return Run(path, header, tuple(measurements), finished, tuple(problems), tuple(explanations.values()))


@dataclass(frozen=True, kw_only=True)
class ProblemLine:
    """A line with a problem."""

    problem: ProblemRecord


@dataclass(frozen=True, kw_only=True)
class ExplanationLine:
    """A line with the explanation of why a case lacks digits, added later."""

    explanation: ExplanationRecord


@dataclass(frozen=True, kw_only=True)
class FinishedLine:
    """The line after the last measurement of a complete run."""

    finished: str


@dataclass(frozen=True, kw_only=True)
class _Format:
    """The part of a first line that is read before anything else."""

    linbench: int


def _header(path: Path, line: bytes) -> RunHeader:
    try:
        version = from_json(_Format, line).linbench
    except ValueError as error:
        raise StoreError(
            f"{path}: {kind_of_file(path)}, not a run of linbench; give the id or path of a run"
        ) from error
    if version > FORMAT:
        raise StoreError(f"{path}: format {version}, this linbench reads up to {FORMAT}; read it with a newer linbench")
    try:
        header = from_json(RunHeader, checked(line, wanted=version > 1))
    except ValueError as error:
        raise StoreError(f"{path}:1: damaged: {error}") from error
    for kind, name in (("run", header.run), ("suite", header.suite)):
        if not is_file_name(name):
            raise StoreError(f"{path}:1: the {kind} calls itself {name[:80]!r}, which could lead out of its folder")
    return header
