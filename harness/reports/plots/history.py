"""History: each case over all the runs that were given, with the levels and steps that `harness.history` found."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from harness.errors import LinbenchError
from harness.history import History, RunSummary, Series
from harness.history import history as history_of
from harness.reports.plotting.axes import layout
from harness.reports.plotting.plot import Plot, empty, picked, plot_kind
from harness.reports.plotting.style import THIN, Look, looks, safe, scatter
from harness.reports.plotting.trends import DIGITS, MEMORY, TIME, Trend, steps_of, traces_of
from harness.reports.plotting.view import RunView
from harness.reports.sheets.history import step_text

TITLE = "Over all runs"

MOST_STEPS = 3
"""Steps that a summary lists."""


@plot_kind(
    title="History",
    about="Each case over all the runs that were given. Lines are the levels between the steps that were found; grey "
    "uprights are changes of machine.",
    why_empty="Only one run was given: give several to see their history.",
    place=80,
)
def history(view: RunView) -> Iterator[Plot]:
    """Time and digits over the runs for every dataset; memory for cases where it has steps."""
    paths = {path.resolve(): path for path in (*view.paths, view.run.path)}
    if len(paths) < 2:
        return
    try:
        found = history_of([path for path in paths.values() if path.is_file()], known=view.known)
    except LinbenchError as error:
        yield empty(TITLE, f"No history: {error}.")
        return
    if len(found.runs) < 2:
        few = f"{len(found.runs)} of the {len(paths)} runs given could be read"
        yield empty(TITLE, f"No history: {few}.", _skipped(found))
        return
    drawn = _looks(view, found)
    ordered = sorted(found.series, key=lambda each: each.key.dataset_label)
    for dataset, series in groupby(ordered, key=lambda each: each.key.dataset_label):
        yield from _dataset(dataset, list(series), found, drawn)


def _looks(view: RunView, found: History) -> dict[str, Look]:
    """A look for every case of every run; for those of this run, the same as in its other plots."""
    own = {row.case.id: row.case for row in view.run.rows}
    others = {each.case: each.key for each in found.series if each.case not in own}
    return {**looks((own | others).values()), **view.looks}


def _skipped(found: History) -> tuple[str, ...]:
    return tuple(f"{each.path}: {each.reason}." for each in found.skipped)


def _dataset(title: str, series: list[Series], found: History, drawn: Mapping[str, Look]) -> Iterator[Plot]:
    series.sort(key=lambda each: -len(each.steps))  # the most changed first
    moved = [each for each in series if any(step.quantity == "memory" for step in each.steps)]
    for own, trend in ((series, TIME), (series, DIGITS), (moved, MEMORY)):
        if own:
            yield _plot(title, own, trend, found, drawn)


def _plot(title: str, series: Sequence[Series], trend: Trend, found: History, drawn: Mapping[str, Look]) -> Plot:
    title = f"{title}: {trend.title}"
    folded = trend is not TIME
    if not any(trend.value(point) is not None for each in series for point in each.points):
        return empty(title, f"No run has {trend.title} of these cases.", _skipped(found), folded=folded)
    groups = ((_label(each, series, trend, drawn), list(traces_of(each, trend, drawn[each.case]))) for each in series)
    data, choices = picked(groups, list(_breaks(found)))
    spec = {"data": data, "layout": _layout(trend)}
    notes = tuple(_notes(trend, found))
    return Plot(title, _summary(series, trend, drawn), spec, notes, choices=tuple(choices), folded=folded)


def _label(each: Series, series: Sequence[Series], trend: Trend, drawn: Mapping[str, Look]) -> str:
    steps = len(steps_of(each, trend))
    same_case = [other for other in series if other.case == each.case]
    data = f", data {each.data[:8]}" if len({other.data for other in same_case}) > 1 else ""
    threads = f", {each.threads} thread(s)" if len({other.threads for other in same_case}) > 1 else ""
    changes = f" ({steps} step{'s' * (steps > 1)})" if steps else ""
    return f"{drawn[each.case].label}{data}{threads}{changes}"


def _breaks(found: History) -> Iterator[dict[str, Any]]:
    """One trace with a vertical line at each change of machine; a shape for each would be slow to draw."""
    breaks = [(new, why) for old, new in pairwise(found.runs) if (why := _break(old, new))]
    if breaks:
        x = [x for new, _ in breaks for x in (new.started[:19], new.started[:19], None)]
        text = [safe(why, 120) for _, why in breaks for _ in range(3)]
        name, y = "another machine or way of timing", [0, 1, None] * len(breaks)
        yield scatter("lines", name, x, y, "%{x}<br>%{text}", yaxis="y2", line=THIN, text=text)


def _break(old: RunSummary, new: RunSummary) -> str:
    """Why times of a run cannot be compared directly with the run before; empty if they can."""
    if new.moved(old):
        return f"{old.places} → {new.places}"
    return f"timed by another protocol: {old.protocol} → {new.protocol}" if old.protocol != new.protocol else ""


def _layout(trend: Trend) -> dict[str, Any]:
    x = {"type": "date", "title": {"text": "start of the run (UTC)"}}
    over = {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}
    return {**layout(x, trend.axis), "yaxis2": over}


def _summary(series: Sequence[Series], trend: Trend, drawn: Mapping[str, Look]) -> str:
    runs = max(len(each.points) for each in series)
    steps = [(each, step) for each in series for step in steps_of(each, trend)]
    over = f"{trend.title.capitalize()} of {len(series)} cases over up to {runs:,} runs"
    if not steps:
        return f"{over}: no step was found."
    listed = "; ".join(f"{drawn[each.case].label}: {step_text(step)}" for each, step in steps[:MOST_STEPS])
    more = f"; and {len(steps) - MOST_STEPS} more" if len(steps) > MOST_STEPS else ""
    return f"{over}. {listed}{more}."


def _notes(trend: Trend, found: History) -> Iterator[str]:
    if trend.exact:
        yield "Of runs in a row with the same digits, the first and the last are drawn."
    if trend is MEMORY:
        yield "Only of the cases whose memory has steps."
    machines = {each for run in found.runs for each in run.machines}
    if len(machines) > 1:
        over = ": times are divided by the control kernel's in the same process" if trend is TIME else ""
        yield f"The runs were made on {len(machines)} machines{over}."
    yield from _skipped(found)
