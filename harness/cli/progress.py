"""Live progress on standard error: a bar on a terminal, plain lines elsewhere."""

import time
from collections import Counter
from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from harness.config import CaseKey
from harness.printable import printable
from harness.reports.naming import row_names
from harness.results import Measurement
from harness.results.durations import Durations
from harness.units import count_text, duration_text, seconds_text

LINE_INTERVAL = 15.0
"""Seconds between plain lines of progress, where there is no terminal to redraw."""

PRIOR_SECONDS = 5.0
"""Weight of earlier runs in the pace of this one, in seconds."""


class LiveProgress:
    """A `harness.runner.Observer` that shows the progress of a run, and the time left.

    The console is standard error's. Without durations of earlier runs it shows no time left. Cases have short names.
    """

    def __init__(self, console: Console, durations: Durations | None = None) -> None:
        self._console = console
        self._names: dict[str, str] = {}
        self._durations = durations
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task: TaskID = self._bar.add_task("", total=None, left="")
        self._todo: Counter[str] = Counter()
        self._done = 0
        self._expected_so_far = 0.0
        self._began: float | None = None
        self._last_line = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *how: object) -> None:
        self._bar.stop()

    def planned(self, todo: Sequence[CaseKey], done: int) -> None:
        """The case of every measurement to come, and the number of finished ones."""
        first = self._began is None
        self._began = self._began or time.monotonic()
        self._todo, self._done = Counter(case.id for case in todo), done
        self._names = row_names(todo) | self._names  # names do not change during a run
        self._bar.update(self._task, total=done + len(todo), completed=done, left=self._left())
        if first and done:
            all_of_them = count_text(done + len(todo), "measurement")
            self._console.print(f"{done} of {all_of_them} already measured", highlight=False)

    def doing(self, activity: str) -> None:
        """Show the current activity."""
        self._bar.update(self._task, description=printable(activity))
        if not self._console.is_terminal and time.monotonic() - self._last_line > LINE_INTERVAL:
            self._line(activity)

    def measured(self, measurement: Measurement) -> None:
        """A measurement is finished and on disk."""
        self._done += 1
        self._todo -= Counter([measurement.case])
        if self._durations is not None:
            self._expected_so_far += self._durations[measurement.case]
        self._bar.update(self._task, completed=self._done, left=self._left())
        best = f" {seconds_text(min(measurement.seconds))} at best" if measurement.seconds else ""
        why = f": {measurement.reason}" if measurement.reason else ""
        self._line(f"{self._names.get(measurement.case, measurement.case)}: {measurement.status}{best}{why}")

    def _left(self) -> str:
        """The time left, by earlier runs and by this run's pace compared with theirs."""
        if self._durations is None or self._began is None or not self._todo:
            return ""
        expected = sum(many * self._durations[case] for case, many in self._todo.items())
        elapsed = time.monotonic() - self._began
        pace = (elapsed + PRIOR_SECONDS) / (self._expected_so_far + PRIOR_SECONDS) if self._expected_so_far else 1.0
        return f"about {duration_text(pace * expected)} left"

    def _line(self, text: str) -> None:
        left = "" if self._console.is_terminal else self._left()
        place = f"{self._done}/{self._done + self._todo.total()}" + (f", {left}" if left else "")
        self._console.print(printable(f"[{place}] {text}"), highlight=False, markup=False, soft_wrap=True)
        self._last_line = time.monotonic()
