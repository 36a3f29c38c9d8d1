"""Output: results go to standard output, progress and messages to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from harness.errors import NothingToShow, UsageError
from harness.printable import printable

if TYPE_CHECKING:
    from rich.console import Console


def say(text: str) -> None:
    """Print a message on standard error."""
    print(printable(text), file=sys.stderr)  # noqa: T201 - the command prints


def put(text: str) -> None:
    """Print a result on standard output.

    Raises `UsageError` when it cannot be written, and `BrokenPipeError` when the reader is gone.
    """
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"standard output: cannot be written: {error.strerror}") from error


@contextmanager
def writing(path: object, advice: str = "") -> Iterator[None]:
    """Turn a failure to write a file into a `UsageError` of one line."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}{advice}") from error


def end(*, bad: bool, nothing: bool = False, code: int = 1) -> None:
    """Exit with ``code`` if something is bad, with 4 if there was nothing; otherwise return."""
    if bad:
        raise typer.Exit(code)
    if nothing:
        raise typer.Exit(NothingToShow.exit_code)


def put_report(name: str, subject: object, layout: str, **options: Any) -> None:
    """Print the report of that name about ``subject``.

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
    fixed = os.environ.get("COLUMNS", "").isdecimal()  # a requested width also holds for a pipe
    screen = Screen(out.width, out.color_system is not None) if out.is_terminal or fixed else PLAIN
    put(lay_out(wanted(subject, **options), layout, screen))


def console(*, stderr: bool = False) -> Console:
    """The terminal."""
    from rich.console import Console

    return Console(stderr=stderr, emoji=False)  # mine.py:x: is no picture
