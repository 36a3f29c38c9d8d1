"""Where words go: results to standard output, progress and messages to standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from harness.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

    from harness.reports.layout import Screen


def say(text: str) -> None:
    """One line on standard error."""
    print(printable(text), file=sys.stderr)  # noqa: T201 - the command prints


def put(text: str) -> None:
    """A result on standard output."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def put_report(name: str, subject: object, layout: str, **options: Any) -> None:
    """The report of that name about something, in some layout.

    Raises
    ------
    UnknownName
        When there is no such report or layout.
    """
    from harness.reports.layout import lay_out
    from harness.reports.layout.json import whole_json
    from harness.reports.sheets import find

    report = find(name)
    if layout == "json" and report.record is not None:
        put(whole_json(report.record(subject)))
        return
    wanted = report.in_full if layout == "csv" and report.in_full is not None else report
    put(lay_out(wanted(subject, **options), layout, _screen()))


def _screen() -> Screen:
    from harness.reports.layout import PLAIN, Screen

    out = console()
    return Screen(out.width, out.color_system is not None) if out.is_terminal else PLAIN


def console(*, stderr: bool = False) -> Console:
    """The terminal."""
    from rich.console import Console

    return Console(stderr=stderr)
