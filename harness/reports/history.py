"""The history in the terminal: a line a series with its trend, then every step with what lay on both sides of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from harness.history import History, Point, Series, Step
from harness.units import ABSENT, bytes_text, seconds_text

__all__ = ["as_text", "sparkline", "step_text"]

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 24
"""Characters of a trend."""

MOST_MOVES = 3
"""Changes of machine that are told one by one; of more, only how many."""


def as_text(history: History, console: Console) -> None:
    """Print a history on a console."""
    console.print(_overview(history))
    for series in history.series:
        for step in series.steps:
            style = "red" if step.worse else "green"
            console.print(Text.assemble("  ", (_title(history, series), "bold"), ": ", (step_text(step), style)))
    for note in _notes(history):
        console.print(Text(f"  {note}", style="dim"))


def _title(history: History, series: Series) -> str:
    """The case, and what tells it from its other series."""
    others = [each for each in history.series if each.case == series.case and each is not series]
    told = [series.case]
    if any(each.data != series.data for each in others):
        told.append(f"data {series.data[:8] or ABSENT}")
    if any(each.threads != series.threads for each in others):
        told.append(f"{series.threads or ABSENT} thread(s)")
    return ", ".join(told)


def _overview(history: History) -> RichTable:
    table = RichTable(box=box.SIMPLE_HEAD)
    table.add_column("case", overflow="fold")
    table.add_column("runs", justify="right", no_wrap=True)
    table.add_column("time over the control's", no_wrap=True)
    for heading in ("since the first", "time", "digits", "memory"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("steps", justify="right", no_wrap=True)
    for series in history.series:
        cells = _cells(series)
        table.add_row(Text(_title(history, series)), *(Text(cell) for cell in cells))
    return table


def _cells(series: Series) -> list[str]:
    """What the overview says of a series; levels by the latest point that has the number."""
    last = series.points[-1]
    figures = [point.ratio for point in series.points]
    digits = ABSENT if last.digits is None else f"{last.digits:.1f}"
    steps = str(len(series.steps)) if series.steps else ABSENT
    return [
        str(len(series.points)),
        sparkline(figures),
        _since_first(series),
        seconds_text(last.seconds) if last.seconds is not None else last.status,
        digits,
        bytes_text(last.memory_bytes),
        steps,
    ]


def _since_first(series: Series) -> str:
    """The product of the steps in time: what changed for good, without the noise of the runs at the ends."""
    effects = [1 + (step.effect or 0.0) for step in series.steps if step.quantity == "time"]
    return _percent(math.prod(effects) - 1) if effects else ABSENT


def sparkline(figures: Sequence[float | None], width: int = WIDTH) -> str:
    """A trend in block characters: medians of neighbouring runs, on a log scale that spans at least 10 %.

    Parameters
    ----------
    figures : sequence of float or None
        Positive; a stretch without any is a blank.
    width : int
        The most characters.
    """
    values = np.array([each or math.nan for each in figures], dtype=np.float64)
    chunks = np.array_split(values, max(1, min(width, len(values))))
    known = [chunk[~np.isnan(chunk)] for chunk in chunks]
    levels = [math.log(float(np.median(chunk))) if len(chunk) else None for chunk in known]
    there = [each for each in levels if each is not None]
    if not there:
        return ABSENT
    middle, span = (max(there) + min(there)) / 2, max(max(there) - min(there), math.log(1.1))
    bars = [" " if each is None else BARS[round(((each - middle) / span + 0.5) * (len(BARS) - 1))] for each in levels]
    return "".join(bars)


def step_text(step: Step) -> str:
    """A step in one line: what, how much, since when, and what changed on the way."""
    return "; ".join([_what(step), _when(step), *_causes(step)])


def _what(step: Step) -> str:
    if step.quantity == "status":
        return f"{step.level_before} → {step.level_after}"
    if step.quantity == "digits":
        return f"digits {float(step.level_before):.1f} → {float(step.level_after):.1f}"
    names = {("time", True): "slower", ("time", False): "faster", ("memory", True): "more", ("memory", False): "less"}
    low, high = (_percent(each) for each in (step.low or 0.0, step.high or 0.0))
    of = " memory" if step.quantity == "memory" else ""
    return f"{names[step.quantity, step.worse]}{of}: {_percent(step.effect or 0.0)} ({low} to {high})"


def _percent(effect: float) -> str:
    return f"{100 * effect:+.1f} %"


def _when(step: Step) -> str:
    when = step.after.run.started[:16].replace("T", " ")
    return f"since {when} ({step.runs_before} runs before, {step.runs_after} after)"


def _causes(step: Step) -> Iterator[str]:
    """What was not the same on both sides."""
    if step.before.run.commit != step.after.run.commit:
        yield f"commit {_commit(step.before)} → {_commit(step.after)}"
    for name, (old, new) in step.versions_changed().items():
        yield f"{name} {old or ABSENT} → {new or ABSENT}"
    if step.before.iterations != step.after.iterations:
        yield f"epochs {step.before.iterations or ABSENT} → {step.after.iterations or ABSENT}"
    if step.new_machine:
        yield "the machine changed too, and may be the cause"
    if step.own is False:
        yield "the control kernel moved, not the case's own seconds"


def _commit(point: Point) -> str:
    commit = point.run.commit
    if not commit or not commit.id:
        return ABSENT
    return str(commit.id)[:8] + ("+" if commit.dirty else "")


def _notes(history: History) -> Iterator[str]:
    moves = [(old, new) for old, new in pairwise(history.runs) if old.machine.id != new.machine.id]
    if len(moves) > MOST_MOVES:
        machines = len({visit.machine.id for visit in history.runs})
        yield f"{machines} machines, changed {len(moves)} times: times are told over the control kernel's"
    else:
        for old, new in moves:
            names = " → ".join(visit.machine.cpu or visit.machine.id for visit in (old, new))
            yield f"the machine changed with run {new.run}: {names}"
    for each in history.skipped:
        yield f"{each.path}: {each.reason}"
