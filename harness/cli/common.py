"""What all verbs of the command share: the application, its options, and where words go.

Results go to standard output, progress and messages to standard error.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from harness import __version__
from harness.errors import LinbenchError, NothingToShow

if TYPE_CHECKING:
    from rich.console import Console

    from harness.reports.progress import LiveProgress
    from harness.results import Run, Store

__all__ = [
    "RESULTS", "Format", "LevelOption", "MarginOption", "ResultsOption", "RunArgument", "app", "console",
    "exit_by_status", "main", "progress_of", "put", "recent_runs", "say", "store_at",
]  # fmt: skip

app = typer.Typer(
    help="linbench: which implementation of linear regression gives the right coefficients, and how fast.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""


MOST_HISTORY = 50
"""Stored runs that are looked at for how much sessions differ."""

MOST_NEW = 1_000_000
"""New objects before the collector looks for garbage: what is imported and read is none, and there is much of it."""

MOST_DURATIONS = 3
"""Stored runs of a suite that are looked at for how long a run will take."""


class Format(StrEnum):
    """How ``show`` lays out its table."""

    text = "text"
    markdown = "markdown"
    csv = "csv"
    json = "json"


RESULTS = Path("results")

ResultsOption = Annotated[Path, typer.Option("--results", help="The folder of results.", metavar="DIR")]
RunArgument = Annotated[str, typer.Argument(help="A run: a path, an id, or 'latest'.", metavar="[RUN]")]


LevelOption = Annotated[float, typer.Option("--level", help="Chance of a false alarm over all cells of the run.")]
MarginOption = Annotated[float, typer.Option("--margin", help="Relative change of a time that is no news.")]


def main() -> NoReturn:
    """Run the command and leave; every error that has a message is one line, with its exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    gc.set_threshold(MOST_NEW)
    code = _exit_code()
    with contextlib.suppress(BrokenPipeError):  # whoever was reading has seen enough
        sys.stdout.flush()
    os._exit(code)  # all that was opened is closed; to free a large run number by number takes a tenth of a second


def _exit_code() -> int:
    try:
        app()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except LinbenchError as error:
        say(f"linbench: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        pass
    return 0


def _interrupt(number: int, frame: object) -> NoReturn:  # noqa: ARG001 - a signal handler's arguments
    raise KeyboardInterrupt


def say(text: str) -> None:
    """One line on standard error."""
    print(text, file=sys.stderr)  # noqa: T201 - the command prints


def put(text: str) -> None:
    """A result on standard output."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def store_at(results: Path) -> Store:
    """The store of runs in a folder."""
    from harness.results import Store

    return Store(results)


def console(*, stderr: bool) -> Console:
    """A console as wide as the terminal, and 250 columns where there is none."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    wide = None if stream.isatty() else 250
    return Console(file=stream, width=wide)


def _version(value: bool) -> None:
    if value:
        put(f"linbench {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


def exit_by_status(measured: Run) -> None:
    """End with 3 when some cell failed, with 4 when nothing was measured."""
    from harness.results import FAILED

    statuses = [row.status for row in measured.rows]
    if any(status in FAILED for status in statuses):
        raise typer.Exit(3)
    if all(status in ("missing", "unsupported") for status in statuses):
        raise typer.Exit(NothingToShow.exit_code)


def progress_of(store: Store, suites: Iterable[str], seconds: float) -> LiveProgress:
    """Progress that tells from earlier runs of these suites how long it will be, at so many seconds a cell."""
    from harness.reports.progress import LiveProgress
    from harness.results.durations import Durations

    paths = [path for suite in suites for path in store.of_suite(suite)[-MOST_DURATIONS:]]
    return LiveProgress(console(stderr=True), Durations(seconds, _readable(paths)))


def recent_runs(store: Store) -> list[Run]:
    """The latest runs that can be read; a damaged one is no reason not to compare two others."""
    return _readable(store.paths()[-MOST_HISTORY:])


def _readable(paths: Iterable[Path]) -> list[Run]:
    from harness.results import load_run

    found: list[Run] = []
    for path in paths:
        try:
            found.append(load_run(path))
        except LinbenchError as error:
            say(f"linbench: left out: {error}")
    return found
