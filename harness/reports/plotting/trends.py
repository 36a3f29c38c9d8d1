"""Traces of one case over runs: its numbers, levels and steps, and the runs without a number."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from harness.history import Point, Quantity, Series, Step
from harness.reports.plotting.axes import bytes_axis, digits_axis
from harness.reports.plotting.style import Look, rounded, safe, scatter
from harness.reports.sheets.history import step_text

BETTER, WORSE = "#1080f0", "#c00810"
"""Colours of marks at a step; their shape also shows the direction."""

BELOW = 0.8
"""Where a run without a number is drawn, as a share of the smallest number."""


class Trend(NamedTuple):
    """A quantity to draw over runs: how to get its value, its steps, axis and hover template.

    An exact quantity has no noise, so only the runs on both sides of a change are drawn.
    """

    quantity: Quantity
    title: str
    value: Callable[[Point], float | None]
    axis: dict[str, Any]
    hover: str
    exact: bool = False


RATIO_AXIS = {"title": {"text": "time, as a multiple of the control kernel's"}, "type": "log"}
TIME = Trend("time", "time", lambda point: point.ratio, RATIO_AXIS, "%{y:.4~g} × the control's")
DIGITS = Trend(
    "digits",
    "correct digits",
    lambda point: None if point.digits is None else round(point.digits, 1),
    digits_axis(-0.6),
    "%{y:.1f} digits",
    exact=True,
)
MEMORY = Trend(
    "memory", "peak memory", lambda point: point.memory_bytes, bytes_axis((), "peak memory (B)"), "%{y:.3~s}B"
)


def steps_of(series: Series, trend: Trend) -> list[Step]:
    """The steps to draw with this quantity; changes of status are drawn with the time."""
    shown = {trend.quantity, "status"} if trend is TIME else {trend.quantity}
    return [each for each in series.steps if each.quantity in shown]


def traces_of(series: Series, trend: Trend, look: Look) -> Iterator[dict[str, Any]]:
    """The traces of one case: its runs, levels, steps, and the runs in which it has no number."""
    known = [(point, value) for point in series.points if (value := trend.value(point)) is not None]
    if known:
        yield _runs(known, trend, look)
    if known and not trend.exact:
        yield from _levels(series, known, trend, look)
    least = min((value for _, value in known), default=1.0)
    yield from _marks(steps_of(series, trend), trend, look, least)
    yield from _without(series, trend, look, least)


def _when(point: Point) -> str:
    """The start of the run to the second, for Plotly."""
    return point.run.started[:19]


def turns(values: Sequence[float]) -> list[int]:
    """The indices at both ends and on both sides of every change, ascending."""
    sides = {i for pair in pairwise(range(len(values))) if values[pair[0]] != values[pair[1]] for i in pair}
    return sorted({0, len(values) - 1, *sides}) if values else []


def _runs(known: Sequence[tuple[Point, float]], trend: Trend, look: Look) -> dict[str, Any]:
    if trend.exact:
        known = [known[i] for i in turns([value for _, value in known])]
    line = look.line(dash="solid", shape="hv") if trend.exact else look.line(dash="solid", width=0.5)
    size = 7 if len(known) < 100 else 4
    x, y = map(_when, (point for point, _ in known)), rounded((value for _, value in known), 4)
    looks = {"line": line, "marker": look.marker(size=size, line={"width": 0})}
    return scatter("lines+markers", look.name, x, y, f"{look.name}<br>%{{x}}<br>{trend.hover}", **looks)


def _levels(series: Series, known: Sequence[tuple[Point, float]], trend: Trend, look: Look) -> Iterator[dict[str, Any]]:
    """The level on each side of every step, over the runs that determine it."""
    levels: dict[tuple[str, str], float] = {}
    for step in (each for each in series.steps if each.quantity == trend.quantity):
        row = [point for point, _ in known if point.run.protocol == step.after.run.protocol]
        first = next(i for i, point in enumerate(row) if point is step.after)
        levels[_when(row[first - step.runs_before]), _when(row[first - 1])] = float(step.level_before)
        levels[_when(row[first]), _when(row[first + step.runs_after - 1])] = float(step.level_after)
    if levels:
        x = [x for ends in levels for x in (*ends, None)]
        y = rounded([y for level in levels.values() for y in (level, level, None)], 4)
        yield scatter("lines", "level", x, y, f"level {trend.hover}", line=look.line(dash="solid", width=3))


def _marks(steps: Sequence[Step], trend: Trend, look: Look, least: float) -> Iterator[dict[str, Any]]:
    """A triangle at the first run of each new level, pointing up or down as the level did."""
    if steps:
        upward = [each.worse == (trend is not DIGITS) for each in steps]
        x = [_when(each.after) for each in steps]
        y = rounded((_height(each, trend, least) for each in steps), 4)
        shapes = ["triangle-up" if each else "triangle-down" for each in upward]
        colours = [WORSE if each.worse else BETTER for each in steps]
        marker = {"symbol": shapes, "color": colours, "size": 14, "line": {"width": 1.5}}
        text = [f"{look.name}<br>{safe(step_text(each), 300).replace('; ', '<br>')}" for each in steps]
        yield scatter("markers", "step", x, y, "%{text}", marker=marker, text=text)


def _height(step: Step, trend: Trend, least: float) -> float:
    if step.quantity == trend.quantity and step.level_after != "":
        return float(step.level_after)
    value = trend.value(step.after)
    return _below(trend, least) if value is None else value


def _below(trend: Trend, least: float) -> float:
    return -0.3 if trend is DIGITS else BELOW * least


def _without(series: Series, trend: Trend, look: Look, least: float) -> Iterator[dict[str, Any]]:
    """A cross below all others for each run in which the case has no such number."""
    lost = [point for point in series.points if trend.value(point) is None]
    if lost:
        x, y = map(_when, lost), rounded([_below(trend, least)] * len(lost), 4)
        marker = look.marker(symbol="x-thin", line={"width": 2, "color": look.colour})
        says = f"{look.name}<br>%{{x}}<br>%{{text}}: no {trend.title}"
        yield scatter("markers", "no number", x, y, says, marker=marker, text=[safe(point.status) for point in lost])
