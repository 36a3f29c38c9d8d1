"""Export formats, and finding them by name. Each module beside this one is a format.

A module defines ``FORMAT``; its name, with dashes for underscores, is the format's. Cases without a time are exported
as far as the format allows. Where a format can hold nothing of a run, it raises an error instead of writing an empty
file.
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

ANSWERED = frozenset({"ok", "not_converged"})
"""Statuses with an answer, whose time counts."""


UNDETERMINED = "the data do not determine the coefficients: digits are of the fitted values"


class Outcome(NamedTuple):
    """The outcome of a check for a case: a verdict of `harness.compare`, the reason, and the alarm."""

    case: str
    verdict: str
    reason: str = ""
    alarm: Alarm = ""


@dataclass(frozen=True)
class Format:
    """An export format: `text` of a run, or `write` it to a file or folder; `check` shows a check, if it can."""

    description: str
    text: Callable[[Run], str] | None = None
    write: Callable[[Run, Path], None] | None = None
    check: Callable[[Run, Sequence[Outcome]], str] | None = None


def as_json(record: Callable[[Run], object]) -> Callable[[Run], str]:
    """The ``text`` of a format whose record is JSON."""
    return lambda run: json_text(record(run), indent=1) + "\n"


def names() -> list[str]:
    """All formats, sorted."""
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
    """Export a run: return its text, or write it to ``target``, a file or folder, and return None.

    With ``outcomes``, export the check of the run, for a format that can show one.

    Raises
    ------
    UnknownName
        When there is no such format.
    UsageError
        When the format needs a target or cannot show a check, or the target cannot be written.
    NothingToShow
        When the format can hold nothing of the run.
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
    """Each machine with its rows; a row with rounds on several machines belongs to their joint machine."""
    found: dict[str, tuple[Machine, list[Row]]] = {}
    for row in run.rows:
        machine = joined(row.machines) if row.machines else run.header.machine
        found.setdefault(machine.id, (machine, []))[1].append(row)
    yield from found.values()


def name_of(row: Row, run: Run) -> str:
    """A case's name for programs that compare all points of a name: with its machine if the run has several."""
    return f"{row.case.id} on {joined(row.machines).id}" if len(run.machines) > 1 else row.case.id


def calls_of(row: Row) -> int:
    """The most calls in one of the row's samples."""
    return max((each.repeats or 1 for each in row.measurements), default=1)


def undetermined(row: Row) -> bool:
    """Whether the data do not determine the coefficients, so that digits are of the fitted values."""
    return judged_by.of(row) == "fitted values" or bool(ill_posed.of(row))


def timed(run: Run) -> Iterator[Row]:
    """The rows with an answer and its time.

    Raises
    ------
    NothingToShow
        When there is none: readers of these formats take an empty list as an error, or as success.
    """
    rows = [row for row in run.rows if row.status in ANSWERED and row.samples]
    if not rows:
        statuses = ", ".join(sorted({row.status for row in run.rows})) or "nothing measured"
        raise NothingToShow(f"run {run.id}: no case has a time to export ({statuses})")
    yield from rows
