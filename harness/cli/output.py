"""Where words go: results to standard output, progress and messages to standard error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import typer

from harness.errors import NothingToShow, UsageError
from harness.printable import printable

if TYPE_CHECKING:
    from rich.console import Console


def say(text: str) -> None:
    """One line on standard error."""
    print(printable(text), file=sys.stderr)  # noqa: T201 - the command prints


def put(text: str) -> None:
    """A result on standard output.

    Raises `UsageError` when it cannot be written, and `BrokenPipeError` when nobody reads it any more.
    """
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"standard output: cannot be written: {error.strerror}") from error


def end(*, bad: bool, nothing: bool = False, code: int = 1) -> None:
    """End with the code where something is bad, with 4 where there was nothing; else go on."""
    if bad:
        raise typer.Exit(code)
    if nothing:
        raise typer.Exit(NothingToShow.exit_code)


def put_report(name: str, subject: object, layout: str, **options: Any) -> None:
    """The report of that name about something, in some layout.

    Raises `UnknownName` when there is no such report or layout.
    """
    from harness.reports.layout import PLAIN, Screen, lay_out
    from harness.reports.layout.json import whole_json
    from harness.reports.sheets import find

    report = find(name)
    if layout == "json" and report.record is not None:
        put(whole_json(report.record(subject)))
        return
    wanted = report.in_full if layout == "csv" and report.in_full is not None else report
    out = console()
    told = os.environ.get("COLUMNS", "").isdecimal()  # a width that somebody has asked for holds for a pipe, too
    screen = Screen(out.width, out.color_system is not None) if out.is_terminal or told else PLAIN
    put(lay_out(wanted(subject, **options), layout, screen))


def console(*, stderr: bool = False) -> Console:
    """The terminal."""
    from rich.console import Console

    return Console(stderr=stderr, emoji=False)  # mine.py:x: is no picture
