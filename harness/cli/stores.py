"""What verbs read of the stored runs, and how they end by what a run came to."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.output import console, end, say
from harness.errors import LinbenchError

if TYPE_CHECKING:
    from harness.cli.progress import LiveProgress
    from harness.results import Run, Store

MOST_HISTORY = 50
"""Stored runs that show how much sessions differ."""

MOST_DURATIONS = 3
"""Stored runs of a suite that show how long a run will take."""


def store_at(results: Path) -> Store:
    """The store of runs in a folder."""
    from harness.results import Store

    return Store(results, lambda text: say(f"linbench: {text}"))


def exit_by_status(measured: Run) -> None:
    """End with 3 when some case failed, with 4 when nothing was measured."""
    from harness.results import FAILED

    statuses = {row.status for row in measured.rows}
    end(bad=bool(statuses & FAILED), nothing=statuses <= {"missing", "unsupported"}, code=3)


def progress_of(store: Store, suites: Iterable[str], seconds: float, *, guess: bool = True) -> LiveProgress:
    """Progress that knows from earlier runs of these suites how long it will be, at so many seconds per case.

    Without earlier runs it guesses, unless what takes the time is not the samples.
    """
    from harness.cli.progress import LiveProgress
    from harness.results.durations import Durations

    paths = [path for suite in suites for path in store.of_suite(suite)[-MOST_DURATIONS:]]
    runs = _readable(paths)
    return LiveProgress(console(stderr=True), Durations(seconds, runs) if runs or guess else None)


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
            say(f"linbench: skipped: {error}")
    return found
