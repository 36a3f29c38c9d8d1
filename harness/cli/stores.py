"""Stored runs for the verbs, and exit codes by the statuses of a run."""

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
"""Stored runs from which to estimate how much sessions differ."""

MOST_DURATIONS = 3
"""Stored runs of a suite from which to estimate a run's duration."""


def store_at(results: Path) -> Store:
    """The store of runs in a folder, with messages on standard error."""
    from harness.results import Store

    return Store(results, lambda text: say(f"linbench: {text}"))


def exit_by_status(measured: Run) -> None:
    """Exit with 3 if some case failed, with 4 if nothing was measured."""
    from harness.results import FAILED

    statuses = {row.status for row in measured.rows}
    end(bad=bool(statuses & FAILED), nothing=statuses <= {"missing", "unsupported"}, code=3)


def progress_of(store: Store, suites: Iterable[str], seconds: float, *, guess: bool = True) -> LiveProgress:
    """Progress with the time left, estimated from earlier runs of these suites and ``seconds`` per case.

    Without earlier runs it guesses, unless ``guess`` is False: when samples are not what takes the time.
    """
    from harness.cli.progress import LiveProgress
    from harness.results.durations import Durations

    paths = [path for suite in suites for path in store.of_suite(suite)[-MOST_DURATIONS:]]
    runs = _readable(paths)
    return LiveProgress(console(stderr=True), Durations(seconds, runs) if runs or guess else None)


def recent_runs(store: Store) -> list[Run]:
    """The latest readable runs; damaged ones are skipped with a message."""
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
