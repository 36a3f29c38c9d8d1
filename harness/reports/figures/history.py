"""History: each case over all the runs that were given, with the levels and steps that `harness.history` found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from harness.errors import LinbenchError
from harness.history import History, Point, Series, Step, Visit
from harness.history import history as history_of
from harness.reports.figures.axes import bytes_axis, layout, linear_axis
from harness.reports.figures.model import Choice, Figure, empty
from harness.reports.figures.scene import Scene
from harness.reports.figures.style import NEUTRAL, Look, looks, rounded, safe
from harness.reports.history import step_text

__all__ = ["figures", "turns"]

TITLE = "Over all runs"

BETTER, WORSE = "#1080f0", "#c00810"
"""Of marks at a step; its direction is told by the mark's shape too."""

BELOW = 0.8
"""Where a run without a number is drawn, as a share of the least that there is."""

MOST_STEPS = 3
"""That a summary tells one by one."""


class Quantity(NamedTuple):
    """What is drawn over the runs.

    ``exact`` says that it does not vary by chance: then only the runs on both sides of a change are drawn.
    """

    figure: str
    title: str
    value: Callable[[Point], float | None]
    axis: dict[str, Any]
    hover: str
    exact: bool = False


TIME = Quantity(
    "time",
    "time",
    lambda point: point.figure,
    {"title": {"text": "time, as a multiple of the control kernel's"}, "type": "log"},
    "%{y:.4~g} × the control's",
)
DIGITS = Quantity(
    "digits",
    "correct digits",
    lambda point: None if point.digits is None else round(point.digits, 1),
    linear_axis("correct digits", range=[-0.6, 17.6], tickvals=[0, 4, 8, 12, 16]),
    "%{y:.1f} digits",
    exact=True,
)
MEMORY = Quantity(
    "memory", "peak memory", lambda point: point.memory_bytes, bytes_axis((), "peak memory (B)"), "%{y:.3~s}B"
)


def figures(scene: Scene) -> Iterator[Figure]:
    """For every dataset time and digits over the runs; memory, of the cases where it has steps."""
    paths = {path.resolve(): path for path in (*scene.paths, scene.run.path)}
    if len(paths) < 2:
        return
    try:
        found = history_of([path for path in paths.values() if path.is_file()])
    except LinbenchError as error:
        yield empty(TITLE, f"No history: {error}.")
        return
    if len(found.visits) < 2:
        yield empty(
            TITLE, f"No history: {len(found.visits)} of the {len(paths)} runs given could be read.", _skipped(found)
        )
        return
    drawn = _looks(scene, found)
    ordered = sorted(found.series, key=lambda each: _plan(each.case)["dataset"])
    for dataset, series in groupby(ordered, key=lambda each: _plan(each.case)["dataset_label"]):
        yield from _dataset(dataset, list(series), found, drawn)


def _plan(case: str) -> dict[str, str]:
    """What a case's id says; what a path in it has of slashes belongs to the dataset."""
    parts = case.split("/")
    at = next((i for i, part in enumerate(parts) if i > 1 and part in ("cpu", "cuda")), 2)
    dataset, backend = "/".join(parts[: at - 1]), parts[at - 1]
    device, dtype, environment = [*parts[at:], "", "", ""][:3]
    return {
        "case": case,
        "dataset": dataset.partition("[")[0],
        "dataset_label": dataset,
        "backend": backend.partition("[")[0],
        "backend_label": backend,
        "device": device,
        "dtype": dtype,
        "environment": environment or "default",
    }


def _looks(scene: Scene, found: History) -> Mapping[str, Look]:
    """A look for every case of every run; this run's own as in all its other figures."""
    plans = {row.plan["case"]: row.plan for row in scene.run.rows}
    return (
        looks([*plans.values(), *(_plan(each.case) for each in found.series if each.case not in plans)]) | scene.looks
    )


def _skipped(found: History) -> tuple[str, ...]:
    return tuple(f"{each.path}: {each.reason}." for each in found.skipped)


def _dataset(title: str, series: list[Series], found: History, drawn: Mapping[str, Look]) -> Iterator[Figure]:
    series.sort(key=lambda each: -len(each.steps))  # what changed is what is looked for
    yield _figure(title, series, TIME, found, drawn)
    yield _figure(title, series, DIGITS, found, drawn)
    moved = [each for each in series if any(step.figure == "memory" for step in each.steps)]
    if moved:
        yield _figure(title, moved, MEMORY, found, drawn)


def _figure(
    title: str, series: Sequence[Series], quantity: Quantity, found: History, drawn: Mapping[str, Look]
) -> Figure:
    title = f"{title}: {quantity.title}"
    folded = quantity is not TIME
    if not any(quantity.value(point) is not None for each in series for point in each.points):
        return Figure(
            title, why := f"No run has {quantity.title} of these cases.", {}, _skipped(found), why, folded=folded
        )
    data = list(_breaks(found))
    always = tuple(range(len(data)))
    choices: list[Choice] = []
    for each in series:
        traces = list(_series(each, quantity, drawn[each.case]))
        choices.append(
            Choice(_label(each, series, quantity, drawn), (*range(len(data), len(data) + len(traces)), *always))
        )
        data += traces
    spec = {"data": data, "layout": _layout(quantity)}
    notes = tuple(_notes(quantity, found))
    return Figure(title, _summary(series, quantity, drawn), spec, notes, choices=tuple(choices), folded=folded)


def _label(each: Series, series: Sequence[Series], quantity: Quantity, drawn: Mapping[str, Look]) -> str:
    steps = len(_steps(each, quantity))
    twins = [other for other in series if other.case == each.case]
    data = f", data {each.data[:8]}" if len({other.data for other in twins}) > 1 else ""
    threads = f", {each.threads} thread(s)" if len({other.threads for other in twins}) > 1 else ""
    told = f" ({steps} step{'s' * (steps > 1)})" if steps else ""
    return f"{drawn[each.case].label}{data}{threads}{told}"


def _steps(series: Series, quantity: Quantity) -> list[Step]:
    """The steps that are drawn with this quantity; changes of status stand with the time."""
    shown = {quantity.figure, "status"} if quantity is TIME else {quantity.figure}
    return [each for each in series.steps if each.figure in shown]


def _series(series: Series, quantity: Quantity, look: Look) -> Iterator[dict[str, Any]]:
    known = [(point, value) for point in series.points if (value := quantity.value(point)) is not None]
    if known:
        yield _runs(known, quantity, look)
    if known and not quantity.exact:
        yield from _levels(series, known, quantity, look)
    yield from _marks(_steps(series, quantity), quantity, series, look)
    yield from _without(series, quantity, look, min((value for _, value in known), default=1.0))


def _when(point: Point) -> str:
    """To the second, as Plotly has it."""
    return point.visit.started[:19]


def turns(values: Sequence[float]) -> list[int]:
    """The indices at both ends and on both sides of every change, rising: what a line of levels is made of."""
    last = len(values) - 1
    sides = {
        i for before, after in pairwise(range(len(values))) if values[before] != values[after] for i in (before, after)
    }
    return sorted({0, last, *sides}) if values else []


def _runs(known: Sequence[tuple[Point, float]], quantity: Quantity, look: Look) -> dict[str, Any]:
    if quantity.exact:
        known = [known[i] for i in turns([value for _, value in known])]
    line = look.line(dash="solid", shape="hv") if quantity.exact else look.line(dash="solid", width=0.5)
    size = 7 if len(known) < 100 else 4
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": look.name,
        "x": [_when(point) for point, _ in known],
        "y": rounded((value for _, value in known), 4),
        "line": line,
        "marker": look.marker(size=size, line={"width": 0}),
        "hovertemplate": f"{look.name}<br>%{{x}}<br>{quantity.hover}<extra></extra>",
    }


def _levels(
    series: Series, known: Sequence[tuple[Point, float]], quantity: Quantity, look: Look
) -> Iterator[dict[str, Any]]:
    """The level on each side of every step, over the runs that it rests on."""
    levels: dict[tuple[str, str], float] = {}
    for step in (each for each in series.steps if each.figure == quantity.figure):
        row = [point for point, _ in known if point.visit.protocol == step.after.visit.protocol]
        first = next(i for i, point in enumerate(row) if point is step.after)
        levels[_when(row[first - step.runs_before]), _when(row[first - 1])] = float(step.level_before)
        levels[_when(row[first]), _when(row[first + step.runs_after - 1])] = float(step.level_after)
    if levels:
        yield {
            "type": "scatter",
            "mode": "lines",
            "name": "level",
            "x": [x for ends in levels for x in (*ends, None)],
            "y": rounded([y for level in levels.values() for y in (level, level, None)], 4),
            "line": look.line(dash="solid", width=3),
            "hovertemplate": f"level {quantity.hover}<extra></extra>",
        }


def _marks(steps: Sequence[Step], quantity: Quantity, series: Series, look: Look) -> Iterator[dict[str, Any]]:
    """A triangle at the first run of each new level, pointing where the level went."""
    known = [value for point in series.points if (value := quantity.value(point)) is not None]
    least = min(known, default=1.0)
    if steps:
        upward = [each.worse == (quantity is not DIGITS) for each in steps]
        yield {
            "type": "scatter",
            "mode": "markers",
            "name": "step",
            "x": [_when(each.after) for each in steps],
            "y": rounded((_height(each, quantity, least) for each in steps), 4),
            "marker": {
                "symbol": ["triangle-up" if each else "triangle-down" for each in upward],
                "color": [WORSE if each.worse else BETTER for each in steps],
                "size": 14,
                "line": {"width": 1.5},
            },
            "text": [f"{look.name}<br>{safe(step_text(each), 300).replace('; ', '<br>')}" for each in steps],
            "hovertemplate": "%{text}<extra></extra>",
        }


def _height(step: Step, quantity: Quantity, least: float) -> float:
    if step.figure == quantity.figure and step.level_after != "":
        return float(step.level_after)
    value = quantity.value(step.after)
    return _below(quantity, least) if value is None else value


def _below(quantity: Quantity, least: float) -> float:
    return -0.3 if quantity is DIGITS else BELOW * least


def _without(series: Series, quantity: Quantity, look: Look, least: float) -> Iterator[dict[str, Any]]:
    """A cross below all others for each run in which the case has no such number."""
    lost = [point for point in series.points if quantity.value(point) is None]
    if lost:
        yield {
            "type": "scatter",
            "mode": "markers",
            "name": "no number",
            "x": [_when(point) for point in lost],
            "y": rounded([_below(quantity, least)] * len(lost), 4),
            "marker": look.marker(symbol="x-thin", line={"width": 2, "color": look.colour}),
            "text": [safe(point.status) for point in lost],
            "hovertemplate": f"{look.name}<br>%{{x}}<br>%{{text}}: no {quantity.title}<extra></extra>",
        }


def _breaks(found: History) -> Iterator[dict[str, Any]]:
    """One trace of uprights, however often the machine changed: a shape for each would be slow to draw."""
    breaks = [(new, why) for old, new in pairwise(found.visits) if (why := _break(old, new))]
    if breaks:
        yield {
            "type": "scatter",
            "mode": "lines",
            "name": "another machine or way of timing",
            "yaxis": "y2",
            "x": [x for new, _ in breaks for x in (new.started[:19], new.started[:19], None)],
            "y": [0, 1, None] * len(breaks),
            "line": {"color": NEUTRAL, "dash": "dot", "width": 1},
            "text": [safe(why, 120) for _, why in breaks for _ in range(3)],
            "hovertemplate": "%{x}<br>%{text}<extra></extra>",
        }


def _break(old: Visit, new: Visit) -> str:
    """What makes a run another kind of run than the one before it; empty where nothing does."""
    if old.machine.id != new.machine.id:
        return f"{old.machine.cpu or old.machine.id} → {new.machine.cpu or new.machine.id}"
    return f"timed in another way: {old.protocol} → {new.protocol}" if old.protocol != new.protocol else ""


def _layout(quantity: Quantity) -> dict[str, Any]:
    x = {"type": "date", "title": {"text": "start of the run (UTC)"}}
    over = {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}
    return {**layout(x, quantity.axis), "yaxis2": over}


def _summary(series: Sequence[Series], quantity: Quantity, drawn: Mapping[str, Look]) -> str:
    runs = max(len(each.points) for each in series)
    steps = [(each, step) for each in series for step in _steps(each, quantity)]
    if not steps:
        return f"{quantity.title.capitalize()} of {len(series)} cases over up to {runs:,} runs: no step was found."
    told = "; ".join(f"{drawn[each.case].label}: {step_text(step)}" for each, step in steps[:MOST_STEPS])
    more = f"; and {len(steps) - MOST_STEPS} more" if len(steps) > MOST_STEPS else ""
    return f"{quantity.title.capitalize()} of {len(series)} cases over up to {runs:,} runs. {told}{more}."


def _notes(quantity: Quantity, found: History) -> Iterator[str]:
    if quantity.exact:
        yield "Of runs in a row with the same digits, the first and the last are drawn."
    if quantity is MEMORY:
        yield "Only of the cases whose memory has steps."
    machines = {visit.machine.id for visit in found.visits}
    if len(machines) > 1:
        told = ": times are told over the control kernel's of the same process" if quantity is TIME else ""
        yield f"The runs were made on {len(machines)} machines{told}."
    yield from _skipped(found)
