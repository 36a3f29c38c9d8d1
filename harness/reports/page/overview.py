"""What a page says before it draws: what ran where, what failed and why, and the tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from harness.reports.table import Group, columns_of, groups
from harness.units import ABSENT, bytes_text, seconds_text
from harness.results import FAILED, Run

__all__ = ["Failure", "Overview", "Table"]

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Failure:
    """Cells that failed in the same way."""

    status: str
    reason: str
    cases: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The rows of one dataset.

    Attributes
    ----------
    title : str
    headings : tuple of (str, bool)
        Each with whether its column holds text and stands to the left.
    rows : tuple of tuple of (str, str)
        Of each cell what it shows, and what it is sorted by: a number, or nothing where the text is.
    notes : tuple of str
    """

    title: str
    headings: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[tuple[str, str], ...], ...]
    notes: tuple[str, ...]


class Overview:
    """What the head of the page is made of.

    Parameters
    ----------
    run : Run
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.groups = groups(run)
        self.title = f"linbench: {run.header['suite']}"

    @cached_property
    def facts(self) -> dict[str, str]:
        """What ran, where and when, each with its name."""
        return dict(_facts(self.run))

    @cached_property
    def versions(self) -> dict[str, str]:
        """Of everything that was imported, by environment: they differ in nothing else."""
        found: dict[str, dict[str, str]] = {}
        for row in self.run.rows:
            for each in row.measurements:
                found.setdefault(row.plan["environment"], {}).update(each.versions)
        return {
            environment: " · ".join(f"{name} {version}" for name, version in sorted(versions.items()))
            for environment, versions in found.items()
            if versions
        }

    @cached_property
    def statuses(self) -> dict[str, int]:
        """How many cells ended in which status; those that were never reached too."""
        found = Counter(r["status"] for group in self.groups for r in group.records)
        unreached = len(self.run.header["cases"]) - found.total()
        return dict(found.most_common()) | ({"not reached": unreached} if unreached else {})

    @cached_property
    def failures(self) -> list[Failure]:
        """What failed, cells of the same status and reason together."""
        found: dict[tuple[str, str], list[str]] = {}
        for record in (r for group in self.groups for r in group.records if r["status"] in FAILED):
            found.setdefault((record["status"], record["reason"]), []).append(record["case"])
        return [Failure(*what, tuple(cases)) for what, cases in found.items()]

    @cached_property
    def tables(self) -> list[Table]:
        """One a dataset."""
        return [_table(group) for group in self.groups]


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    machine, plan, commit = run.header["machine"], run.header["plan"], run.header["commit"]
    yield "Run", run.id
    yield "Started", _moment(run.header["started"])
    yield "Finished", _finished(run)
    yield "Processor", f"{machine.get('cpu', '?')}, {machine.get('cores', '?')} cores"
    yield "Memory", bytes_text(machine.get("memory_bytes"))
    system = " ".join(str(machine[key]) for key in ("system", "release", "architecture") if machine.get(key))
    if system:
        yield "System", system
    yield "Threads", f"{plan.get('threads', '?')} a worker"
    yield "Samples", _samples(plan)
    if commit:
        yield "Commit", f"{commit['id'][:12]}{', with changes' if commit['dirty'] else ''}"


def _samples(plan: Record) -> str:
    rounds = f"{plan['rounds']} round{'' if plan['rounds'] == 1 else 's'}, each in fresh processes"
    return f"{rounds}; {plan['seconds']:g} s a cell and round" if "seconds" in plan else rounds


def _finished(run: Run) -> str:
    if run.finished is None:
        return "no: broken off"
    took = (datetime.fromisoformat(run.finished) - datetime.fromisoformat(run.header["started"])).total_seconds()
    told = seconds_text(took) if took < 60 else f"{took / 60:.0f} min" if took < 3600 else f"{took / 3600:.1f} h"
    return f"{_moment(run.finished)}, after {told}"


def _moment(stamp: str) -> str:
    return f"{stamp[:10]} {stamp[11:19]} UTC"


def _table(group: Group) -> Table:
    columns = sorted(columns_of(group), key=lambda column: column.gives_way)  # what matters most is seen without moving
    return Table(
        group.title,
        tuple((column.heading, column.left) for column in columns),
        tuple(
            tuple((text := column.text(record), _key(column.heading, text, record)) for column in columns)
            for record in group.records
        ),
        group.notes,
    )


def _of_seconds(key: str) -> Callable[[Record], Any]:
    return lambda record: record["seconds"] and record["seconds"][key]


NUMBERS: dict[str, Callable[[Record], Any]] = {
    "digits": lambda r: r["digits"],
    "largest difference": lambda r: r["max_difference"],
    "loss, train": lambda r: r["loss_train"],
    "loss, test": lambda r: r["loss_test"],
    "excess loss": lambda r: r["excess_loss"],
    "epochs": lambda r: r["iterations"],
    "time, median": _of_seconds("median"),
    "quartiles": _of_seconds("low"),
    "95 % of rounds": _of_seconds("low"),
    "× fastest": lambda r: r["ratio"],
    "peak memory": lambda r: r["peak_memory_bytes"],
    "intercept": lambda r: r["intercept"],
}
"""What a column is sorted by; one that is not here, by its text."""


def _key(heading: str, text: str, record: Record) -> str:
    value = NUMBERS[heading](record) if heading in NUMBERS and text != ABSENT else None
    return "" if value is None else repr(float(value))
