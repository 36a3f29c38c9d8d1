"""The path of the parameters over the epochs, with the line that they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.reports.plotting.axes import layout, linear_axis
from harness.reports.plotting.line import Descending, Sampled, line_trace, points_trace
from harness.reports.plotting.plot import Plot
from harness.reports.plotting.style import NEUTRAL, Look, rounded, safe, scatter

LOWER: dict[str, Any] = {"xaxis": "x2", "yaxis": "y2", "hoverinfo": "skip", "hovertemplate": None}
"""What is drawn in the lower panel."""

PLACE = "slope %{x:.5~g}, intercept %{y:.5~g}"


def animation(
    title: str, look: Look, path: Descending, data: Sampled, goal: tuple[str, float, float] | None, notes: Sequence[str]
) -> Plot:
    """Above, slope and intercept on their way to the goal; below, the data with the line at that epoch.

    The goal is name, slope and intercept of the row with the most digits.
    """
    lines = list(zip(path.slopes, path.intercepts, strict=True))
    first, last = lines[0], lines[-1]
    moving = look.line(dash="solid", width=3)
    traces = [
        _path(look, path),
        scatter("markers", "now", first[:1], first[1:], f"now: {PLACE}", marker=look.marker(size=13)),
        *([_goal(*goal)] if goal else []),
        points_trace(data, **LOWER),
        line_trace(look, "line now", data, *first, **LOWER, line=moving),
    ]
    frames = [
        {
            "name": f"{epoch}",
            "traces": [1, len(traces) - 1],
            "data": [{"x": [a], "y": [b]}, {"x": data.ends, "y": [a * x + b for x in data.ends]}],
        }
        for epoch, (a, b) in zip(path.epochs, lines, strict=True)
    ]
    summary = (
        f"From slope {first[0]:.4g} and intercept {first[1]:.4g} after epoch {path.epochs[0]} to slope {last[0]:.4g} "
        f"and intercept {last[1]:.4g} after epoch {path.epochs[-1]:,}."
    )
    drawn = f"{len(frames)} of {path.epochs[-1]:,} epochs are drawn, at about equal ratios."
    spec = {"data": traces, "layout": _layout(data), "frames": frames}
    return Plot(title, summary, spec, (drawn, *notes))


def _path(look: Look, path: Descending) -> dict[str, Any]:
    looks = {"line": look.line(dash="solid", width=1), "marker": {"color": look.colour, "size": 3}}
    return scatter("lines+markers", "path", rounded(path.slopes, 7), rounded(path.intercepts, 7), PLACE, **looks)


def _goal(name: str, slope: float, intercept: float) -> dict[str, Any]:
    marker = {"symbol": "x-thin", "size": 14, "line": {"width": 2.5, "color": NEUTRAL}}
    return scatter("markers", f"best answer ({safe(name, 30)})", [slope], [intercept], f"best: {PLACE}", marker=marker)


def _layout(data: Sampled) -> dict[str, Any]:
    low, high = float(data.y.min()), float(data.y.max())
    margin = 0.08 * (high - low or 1.0)
    within = [low - margin, high + margin]
    x2 = linear_axis(safe(data.feature), anchor="y2", range=data.ends)
    y2 = linear_axis(safe(data.target), domain=[0, 0.42], range=within, automargin=True)
    return layout(linear_axis("slope"), linear_axis("intercept", domain=[0.58, 1]), height=640, xaxis2=x2, yaxis2=y2)
