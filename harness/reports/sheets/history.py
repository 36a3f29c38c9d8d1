"""The history of cases: a row per series with its trend, then every step with what changed at it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from harness.reports.naming import row_headings, row_names, shared
from harness.reports.sheet import Column, Line, Sheet, Table
from harness.reports.sheets.base import OWN_RECORD, report
from harness.units import ABSENT, bytes_text, count_text, digits_text, seconds_text

if TYPE_CHECKING:
    from harness.history import History, LibrarySummary, Point, Series, Step

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 24
"""Characters of a trend."""

MOST_MOVES = 3
"""Changes of machine that are listed; more are only counted."""


@report(record=OWN_RECORD)
def history(found: History) -> Sheet:
    """Trends of every case over all stored runs, and the steps in them."""
    keys = [series.key for series in found.series]
    names, headings = row_names(keys), row_headings(keys)
    titles = {id(series): _title(found, series, names[series.case]) for series in found.series}
    case: Column[Series] = Column(
        "case",
        "case",
        lambda each: _title(found, each, each.case),
        lambda each: titles[id(each)],
        left=True,
        wraps=True,
        above=lambda each: headings[each.case],
    )
    alike = ", ".join(shared(keys))
    notes = (Line(f"  {note}", "quiet") for note in (*([f"every case: {alike}"] if alike else []), *_notes(found)))
    return Sheet((Table.whole([case, *COLUMNS], found.series),), after=(*_steps(found, titles), *notes))


def _steps(found: History, titles: Mapping[int, str]) -> Iterator[Line]:
    for series in found.series:
        for step in series.steps:
            yield Line(f"  {titles[id(series)]}: {step_text(step)}", "bad" if step.worse else "good")


def _title(found: History, series: Series, name: str) -> str:
    """The case, with data and threads if its series differ in them."""
    others = [each for each in found.series if each.case == series.case and each is not series]
    parts = [name]
    if any(each.data != series.data for each in others):
        parts.append(f"data {series.data[:8] or ABSENT}")
    if any(each.threads != series.threads for each in others):
        parts.append(ABSENT if series.threads is None else count_text(series.threads, "thread"))
    return ", ".join(parts)


def _since_first(series: Series) -> float | None:
    """The product of the steps in time: the lasting change, without the noise of single runs."""
    effects = [1 + (step.effect or 0.0) for step in series.steps if step.quantity == "time"]
    return math.prod(effects) - 1 if effects else None


def _time(series: Series) -> str:
    last = series.points[-1]
    return seconds_text(last.seconds) if last.seconds is not None else last.status


COLUMNS: tuple[Column[Series], ...] = (
    Column("runs", "runs", lambda series: len(series.points)),
    Column("trend", "time over the control's", lambda series: [point.ratio for point in series.points],
           lambda series: sparkline([point.ratio for point in series.points]), priority=2, left=True),
    Column("since_first", "since the first", _since_first,
           lambda series: ABSENT if (change := _since_first(series)) is None else _percent(change)),
    Column("time", "time", lambda series: series.points[-1].seconds, _time),
    Column("digits", "digits", lambda series: series.points[-1].digits,
           lambda series: digits_text(series.points[-1].digits)),
    Column("memory", "memory", lambda series: series.points[-1].memory_bytes,
           lambda series: bytes_text(series.points[-1].memory_bytes), priority=1),
    Column("steps", "steps", lambda series: len(series.steps) or None),
)  # fmt: skip
"""Numbers are those of the latest run with the case."""


def sparkline(ratios: Sequence[float | None], width: int = WIDTH) -> str:
    """A trend in block characters: medians of neighbouring runs, on a log scale that spans at least 10 %.

    Ratios are positive; runs without any make a blank.
    """
    values = np.array([each or math.nan for each in ratios], dtype=np.float64)
    chunks = np.array_split(values, max(1, min(width, len(values))))
    known = [chunk[~np.isnan(chunk)] for chunk in chunks]
    levels = [math.log(float(np.median(chunk))) if len(chunk) else None for chunk in known]
    present = [each for each in levels if each is not None]
    if not present:
        return ABSENT
    middle, span = (max(present) + min(present)) / 2, max(max(present) - min(present), math.log(1.1))
    bars = [" " if each is None else BARS[round(((each - middle) / span + 0.5) * (len(BARS) - 1))] for each in levels]
    return "".join(bars)


def step_text(step: Step) -> str:
    """A step in one line: what changed, how much, since when, and what else changed with it."""
    return "; ".join([_change(step), _when(step), *_causes(step)])


def _change(step: Step) -> str:
    if step.quantity == "status":
        return f"{step.level_before} → {step.level_after}"
    if step.quantity == "digits":
        return f"digits {float(step.level_before):.1f} → {float(step.level_after):.1f}"
    words = {("time", True): "slower", ("time", False): "faster", ("memory", True): "more", ("memory", False): "less"}
    low, high = (_percent(each) for each in (step.low or 0.0, step.high or 0.0))
    of = " memory" if step.quantity == "memory" else ""
    return f"{words[step.quantity, step.worse]}{of}: {_percent(step.effect or 0.0)} ({low} to {high})"


def _percent(effect: float) -> str:
    return f"{100 * effect:+.1f} %"


def _when(step: Step) -> str:
    rests = f"({count_text(step.runs_before, 'run')} before, {step.runs_after} after)"
    at = step.after.place
    if at is None:
        return f"since {step.after.run.started[:16].replace('T', ' ')} {rests}"
    return f"since {at.name} of {at.date[:10]}, {at.subject!r} {rests}"


def _causes(step: Step) -> Iterator[str]:
    """Known causes, and what else differs between the two sides."""
    yield from (f"known cause: {each}" for each in step.known)
    if len(step.between) > 1 and step.before.place is not None:
        yield f"the last of {len(step.between)} commits after {step.before.place.name}"
    if step.before.place is None and step.before.run.commit != step.after.run.commit:
        yield f"commit {_commit(step.before)} → {_commit(step.after)}"
    for name, (old, new) in step.versions_changed().items():
        yield f"{name} {old or ABSENT} → {new or ABSENT}"
    if step.before.iterations != step.after.iterations:
        yield f"epochs {step.before.iterations or ABSENT} → {step.after.iterations or ABSENT}"
    if step.new_machine:
        yield "the machine changed too, and may be the cause"
    if step.own is False:
        yield "the control kernel's time changed, not the case's own"


def _commit(point: Point) -> str:
    commit = point.run.commit
    return commit.id[:8] + ("+" if commit.dirty else "") if commit else ABSENT


def _notes(found: History) -> Iterator[str]:
    if found.library is not None:
        yield from _library_notes(found.library)
    moves = [(old, new) for old, new in pairwise(found.runs) if new.moved(old)]
    if len(moves) > MOST_MOVES:
        machines = len({each for run in found.runs for each in run.machines})
        yield f"{machines} machines, changed {len(moves)} times: times are compared as ratios to the control kernel's"
    else:
        for old, new in moves:
            yield f"the machine changed with run {new.run}: {old.places} → {new.places}"
    for each in found.skipped:
        yield f"{each.path}: {each.reason}"


def _library_notes(library: LibrarySummary) -> Iterator[str]:
    first, last = library.places[0], library.places[-1]
    ends = " to ".join(f"{each.name} of {each.date[:10]}" for each in dict.fromkeys((first, last)))
    yield f"{library.name}: {count_text(len(library.places), 'commit')}, {ends}"
    yield from library.left_out
