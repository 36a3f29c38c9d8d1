"""Live progress on standard error: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from harness.reports.units import seconds_text
from harness.results import Measurement

__all__ = ["LiveProgress"]

QUIET = 15.0
"""Seconds between plain lines about what is being done, where there is no terminal to redraw."""


class LiveProgress:
    """An `harness.runner.Observer` that shows how a run is getting on.

    Parameters
    ----------
    console : Console
        Where to; standard error, as standard output is for results alone.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task: TaskID = self._bar.add_task("", total=None)
        self._total = 0
        self._done = 0
        self._last_line = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def planned(self, total: int, done: int) -> None:
        """So many measurements are planned, so many of them are there already."""
        self._total, self._done = total, done
        self._bar.update(self._task, total=total, completed=done)
        if done:
            self._console.print(f"{done} of {total} measurements are there already", highlight=False)

    def doing(self, what: str) -> None:
        """What is being done now."""
        self._bar.update(self._task, description=escape(what))
        if not self._console.is_terminal and time.monotonic() - self._last_line > QUIET:
            self._line(what)

    def measured(self, measurement: Measurement) -> None:
        """A measurement is finished and on disk."""
        self._done += 1
        self._bar.update(self._task, completed=self._done)
        best = f" {seconds_text(min(measurement.seconds))} at best" if measurement.seconds else ""
        why = f": {measurement.reason}" if measurement.reason else ""
        self._line(f"{measurement.case}: {measurement.status}{best}{why}")

    def _line(self, text: str) -> None:
        self._console.print(f"[{self._done}/{self._total}] {text}", highlight=False, markup=False, soft_wrap=True)
        self._last_line = time.monotonic()
