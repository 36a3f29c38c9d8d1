"""What an export format is, and how one is found by name. Each module beside this one is a format.

A module defines ``FORMAT``; its name, with dashes for underscores, is the format's. Cases without a time stay visible
as far as a format can hold them, and where one can hold nothing of a run it says so instead of an empty file.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from harness.catalog import module_names
from harness.config import Alarm
from harness.errors import LinbenchError, NothingToShow, UnknownName, UsageError
from harness.files import write_out
from harness.judgement.ill_posed import ill_posed
from harness.judgement.judged_by import judged_by
from harness.machine import Machine
from harness.records import json_text
from harness.results import Row, Run
from harness.results.machines import joined

MEANT = frozenset({"ok", "not_converged"})
"""Statuses whose time is that of an answer."""


UNDETERMINED = "the data do not determine the coefficients: digits are of the fitted values"


class Outcome(NamedTuple):
    """What a check said of a case: one of the verdicts of `harness.compare`, why, and what it gives rise to."""

    case: str
    verdict: str
    reason: str = ""
    alarm: Alarm = ""


@dataclass(frozen=True)
class Format:
    """An export format: its run as `text`, or written to a file or folder, and `check` if it can show a check of it."""

    description: str
    text: Callable[[Run], str] | None = None
    write: Callable[[Run, Path], None] | None = None
    check: Callable[[Run, Sequence[Outcome]], str] | None = None


def as_json(record: Callable[[Run], object]) -> Callable[[Run], str]:
    """What makes the text of a run from its record."""
    return lambda run: json_text(record(run), indent=1) + "\n"


def names() -> list[str]:
    """Every format there is, sorted."""
    return sorted(each.replace("_", "-") for each in module_names("harness.exports"))


def find(name: str) -> Format:
    """The format of that name.

    Raises `UnknownName` when there is none.
    """
    if name not in names():
        raise UnknownName("format", name, names())
    found: Format = import_module(f"harness.exports.{name.replace('-', '_')}").FORMAT
    return found


def export(run: Run, name: str, target: Path | None = None, outcomes: Sequence[Outcome] | None = None) -> str | None:
    """A run in another program's format: as text, or written to a file or folder where there is a target.

    The outcomes are what a check said of the run, for a format that can show it.

    Raises
    ------
    UnknownName
        When there is no such format.
    UsageError
        When the format needs a target or cannot show a check, or the target cannot be written.
    NothingToShow
        When nothing in the run can be said in the format.
    """
    chosen = find(name)
    try:
        if chosen.write is not None and outcomes is None:
            if target is None:
                raise UsageError(f"format {name}: it needs a file or folder to write to; give --out")
            chosen.write(run, target)
            return None
        text = _text(chosen, name, run, outcomes)
        if target is None:
            return text
        write_out(target, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror or error}") from error
    return None


def _text(chosen: Format, name: str, run: Run, outcomes: Sequence[Outcome] | None) -> str:
    if outcomes is not None:
        if chosen.check is None:
            raise UsageError(f"format {name}: it cannot show a check; only junit can")
        return chosen.check(run, outcomes)
    if chosen.text is None:
        raise LinbenchError(f"format {name}: it defines neither text nor write")
    return chosen.text(run)


def by_machine(run: Run) -> Iterator[tuple[Machine, Sequence[Row]]]:
    """Each machine with the rows that were measured on it; rounds on several machines are those of none alone."""
    found: dict[str, tuple[Machine, list[Row]]] = {}
    for row in run.rows:
        machine = joined(row.machines) if row.machines else run.header.machine
        found.setdefault(machine.id, (machine, []))[1].append(row)
    yield from found.values()


def name_of(row: Row, run: Run) -> str:
    """What a case is called where all points of a name are compared: with its machine, where the run has several."""
    return f"{row.case.id} on {joined(row.machines).id}" if len(run.machines) > 1 else row.case.id


def calls_of(row: Row) -> int:
    """The most calls that one of the row's samples is of."""
    return max((each.repeats or 1 for each in row.measurements), default=1)


def undetermined(row: Row) -> bool:
    """Whether a row's digits are of fitted values, because the data do not determine the coefficients."""
    return judged_by.of(row) == "fitted values" or bool(ill_posed.of(row))


def timed(run: Run) -> Iterator[Row]:
    """The rows with a time that is that of an answer.

    Raises
    ------
    NothingToShow
        When there is none: the consumers of these formats take an empty list for an error, or for all being well.
    """
    rows = [row for row in run.rows if row.status in MEANT and row.samples]
    if not rows:
        statuses = ", ".join(sorted({row.status for row in run.rows})) or "nothing measured"
        raise NothingToShow(f"run {run.id}: no case has a time to export ({statuses})")
    yield from rows
