"""What a page says before it draws: what ran where, what failed and why, and the tables."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from harness.reports.sheet import Style, Table, status_style
from harness.reports.sheets.table import dataset_tables
from harness.results import FAILED, Measurement, Run
from harness.results.run import versions_of
from harness.units import bytes_text, duration_text


@dataclass(frozen=True)
class Failure:
    """Cases that failed in the same way."""

    status: str
    reason: str
    cases: tuple[str, ...]


class StatusCount(NamedTuple):
    """How many cases ended in a status."""

    status: str
    cases: int
    style: Style


class Overview:
    """What the head of a run's page is made of."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.title = f"linbench: {run.header.suite}"

    @cached_property
    def facts(self) -> Mapping[str, str]:
        """What ran, where and when, each with its name."""
        return dict(_facts(self.run))

    @cached_property
    def versions(self) -> dict[str, str]:
        """Of everything that was imported, by environment: they differ in nothing else."""
        environments = dict.fromkeys(row.case.environment for row in self.run.rows)
        found = {name: versions_of(_measured_in(self.run, name)).items() for name in environments}
        return {name: " · ".join(map(" ".join, versions)) for name, versions in found.items() if versions}

    @cached_property
    def statuses(self) -> list[StatusCount]:
        """How many cases ended in which status; those that were never reached too."""
        found = Counter[str](row.status for row in self.run.rows)
        unreached = len(self.run.header.cases) - found.total()
        counts = [StatusCount(status, cases, status_style(status)) for status, cases in found.most_common()]
        return counts + [StatusCount("not reached", unreached, "bad")] * bool(unreached)

    @cached_property
    def failures(self) -> list[Failure]:
        """What failed, cases of the same status and reason together."""
        found: dict[tuple[str, str], list[str]] = {}
        for row in self.run.rows:
            if row.status in FAILED:
                found.setdefault((row.status, row.worst.reason), []).append(row.case.id)
        return [Failure(*how, tuple(cases)) for how, cases in found.items()]

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """One per dataset."""
        return dataset_tables(self.run)


def _measured_in(run: Run, environment: str) -> list[Measurement]:
    return [each for row in run.rows if row.case.environment == environment for each in row.measurements]


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    machine, plan, commit = run.header.machine, run.header.plan, run.header.commit
    yield "Run", run.id
    yield "Started", _moment(run.header.started)
    yield "Finished", _finished(run)
    yield "Processor", f"{machine.cpu or '?'}, {machine.cores or '?'} cores"
    yield "Memory", bytes_text(machine.memory_bytes)
    if system := " ".join(filter(None, (machine.system, machine.release, machine.architecture))):
        yield "System", system
    yield "Threads", f"{plan.threads} per worker"
    rounds = f"{plan.rounds} round{'' if plan.rounds == 1 else 's'}, each in fresh processes"
    yield "Samples", f"{rounds}; {plan.seconds:g} s per case and round"
    if commit:
        yield "Commit", f"{commit.id[:12]}{', with changes' if commit.dirty else ''}"


def _finished(run: Run) -> str:
    if run.finished is None:
        return "no: interrupted"
    took = datetime.fromisoformat(run.finished) - datetime.fromisoformat(run.header.started)
    return f"{_moment(run.finished)}, after {duration_text(took.total_seconds())}"


def _moment(stamp: str) -> str:
    return f"{stamp[:10]} {stamp[11:19]} UTC"
