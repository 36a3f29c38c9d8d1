"""The parameters' way over the epochs, epoch by epoch, with the line that they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.datasets.base import Data
from harness.reports.figures.axes import linear_axis
from harness.reports.figures.model import Figure
from harness.reports.figures.replay import Trajectory
from harness.reports.figures.style import NEUTRAL, Look, rounded, safe

__all__ = ["animation"]

MOST_POINTS = 200


def animation(
    title: str, look: Look, way: Trajectory, data: Data, best: Mapping[str, Any] | None, notes: Sequence[str] = ()
) -> Figure:
    """Above, slope and intercept on their way to the best answer; below, the data with the line at that epoch.

    Parameters
    ----------
    title : str
    look : Look
        The row's.
    way : Trajectory
        Of a problem with one feature.
    data : Data
    best : mapping or None
        The record of the row with the most digits.
    notes : sequence of str
        What else there is to say.
    """
    path = [data.scaling.original(coef, float(b)) for coef, b in zip(way.coef, way.intercept, strict=True)]
    slopes = np.array([float(coef[0]) for coef, _ in path])
    intercepts = np.array([b for _, b in path])
    ends = np.array([data.table.X.min(), data.table.X.max()])
    traces = [
        _way(look, slopes, intercepts),
        _here(look, slopes[0], intercepts[0]),
        *_goal(best),
        _data(data),
        _line(look, ends, slopes[0], intercepts[0]),
    ]
    moving = [1, len(traces) - 1]
    frames = [
        {
            "name": f"{epoch}",
            "traces": moving,
            "data": [{"x": [a], "y": [b]}, {"x": ends.tolist(), "y": (a * ends + b).tolist()}],
        }
        for epoch, a, b in zip(way.epochs.tolist(), slopes.tolist(), intercepts.tolist(), strict=True)
    ]
    spec = {"data": traces, "layout": _layout(data), "frames": frames}
    summary = (
        f"From slope {slopes[0]:.4g} and intercept {intercepts[0]:.4g} after epoch {way.epochs[0]} to slope "
        f"{slopes[-1]:.4g} and intercept {intercepts[-1]:.4g} after epoch {way.epochs[-1]:,}."
    )
    drawn = f"{len(frames)} of {way.epochs[-1]:,} epochs are drawn, at about equal ratios."
    return Figure(title, summary, spec, (drawn, *notes))


def _way(look: Look, slopes: NDArray[np.float64], intercepts: NDArray[np.float64]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "way",
        "x": rounded(slopes.tolist(), 7),
        "y": rounded(intercepts.tolist(), 7),
        "line": look.line(dash="solid", width=1),
        "marker": {"color": look.colour, "size": 3},
        "hovertemplate": "slope %{x:.5~g}, intercept %{y:.5~g}<extra></extra>",
    }


def _here(look: Look, slope: float, intercept: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "now",
        "x": [slope],
        "y": [intercept],
        "marker": look.marker(size=13),
        "hovertemplate": "now: slope %{x:.5~g}, intercept %{y:.5~g}<extra></extra>",
    }


def _goal(best: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if best is None:
        return []
    goal = {
        "type": "scatter",
        "mode": "markers",
        "name": f"best answer ({safe(best['backend_label'], 30)})",
        "x": [best["coef_original"][0]],
        "y": [best["intercept_original"] or 0.0],
        "marker": {"symbol": "x-thin", "size": 14, "line": {"width": 2.5, "color": NEUTRAL}},
        "hovertemplate": "best: slope %{x:.5~g}, intercept %{y:.5~g}<extra></extra>",
    }
    return [goal]


def _data(data: Data) -> dict[str, Any]:
    step = max(1, len(data.table.y) // MOST_POINTS)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "data",
        "xaxis": "x2",
        "yaxis": "y2",
        "x": rounded(data.table.X[::step, 0].tolist()),
        "y": rounded(data.table.y[::step].tolist()),
        "marker": {"color": NEUTRAL, "size": 4, "opacity": 0.6},
        "hoverinfo": "skip",
    }


def _line(look: Look, x: NDArray[np.float64], slope: float, intercept: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "line now",
        "xaxis": "x2",
        "yaxis": "y2",
        "x": x.tolist(),
        "y": (slope * x + intercept).tolist(),
        "line": look.line(dash="solid", width=3),
        "hoverinfo": "skip",
    }


def _layout(data: Data) -> dict[str, Any]:
    y, X = data.table.y, data.table.X
    margin = 0.08 * (float(y.max() - y.min()) or 1.0)
    within = [float(y.min()) - margin, float(y.max()) + margin]
    reach = [float(X.min()), float(X.max())]
    return {
        "height": 640,
        "margin": {"l": 64, "r": 16, "t": 16, "b": 56},
        "hovermode": "closest",
        "xaxis": {**linear_axis("slope"), "automargin": True},
        "yaxis": {**linear_axis("intercept"), "automargin": True, "domain": [0.58, 1]},
        "xaxis2": {**linear_axis(safe(data.table.features[0])), "anchor": "y2", "range": reach},
        "yaxis2": {**linear_axis(safe(data.table.target)), "domain": [0, 0.42], "range": within, "automargin": True},
    }
