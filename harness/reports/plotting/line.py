"""Plots of one feature: the data sample of a run, a fitted line, and the line during a descent."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.reports.plotting.axes import layout, linear_axis
from harness.reports.plotting.plot import Plot
from harness.reports.plotting.style import NEUTRAL, Look, rounded, safe, scatter
from harness.results import DataSample, Descent, ProblemRecord

Float64 = NDArray[np.float64]

LOWER: dict[str, Any] = {"xaxis": "x2", "yaxis": "y2", "hoverinfo": "skip", "hovertemplate": None}
"""Settings of a trace in the lower panel."""

PLACE = "slope %{x:.5~g}, intercept %{y:.5~g}"


@dataclass(frozen=True)
class Sampled:
    """The data sample of a run, in the data's own units."""

    problem: ProblemRecord
    sample: DataSample

    @cached_property
    def X(self) -> Float64:  # noqa: N802 - the design matrix
        """Of shape (n_drawn, n_features)."""
        return np.array(self.sample.X, dtype=np.float64)

    @cached_property
    def y(self) -> Float64:
        """Of shape (n_drawn,)."""
        return np.array(self.sample.y, dtype=np.float64)

    @property
    def feature(self) -> str:
        """The name of the first feature."""
        return self.problem.features[0] if self.problem.features else "x"

    @property
    def target(self) -> str:
        """The name of the target."""
        return self.problem.target or "y"

    @property
    def ends(self) -> list[float]:
        """The range of the first feature, over all rows of the data."""
        return [self.sample.low[0], self.sample.high[0]]

    def notes(self) -> Iterator[str]:
        """A note if not all rows are drawn."""
        if len(self.y) < self.problem.n_samples:
            yield f"{len(self.y)} of {self.problem.n_samples:,} rows are drawn; the fits use all rows."


class Descending(NamedTuple):
    """The line at some epochs of a descent, in the data's own units, and why recording stopped early, if it did."""

    epochs: list[int]
    slopes: list[float]
    intercepts: list[float]
    stopped: str


def descending(descent: Descent, problem: ProblemRecord | None) -> Descending | None:
    """A descent on one feature as lines; None if it has coefficients for fewer than two epochs."""
    if problem is None or problem.n_features != 1 or descent.coef is None or descent.intercept is None:
        return None
    found: list[tuple[int, float, float]] = []
    for epoch, coef, intercept in zip(descent.epochs, descent.coef, descent.intercept, strict=True):
        if coef[0] is not None and intercept is not None and math.isfinite(coef[0]):
            (slope,), constant = problem.original((coef[0],), intercept)
            found.append((epoch, slope, constant))
    if len(found) < 2:
        return None
    epochs, slopes, intercepts = map(list, zip(*found, strict=True))
    return Descending(epochs, slopes, intercepts, descent.stopped)


def points_trace(data: Sampled, **more: Any) -> dict[str, Any]:
    """The data as grey points."""
    x, y, marker = data.X[:, 0].tolist(), data.y.tolist(), {"color": NEUTRAL, "size": 5, "opacity": 0.6}
    trace = scatter("markers", "data", rounded(x), rounded(y), "%{x:.4~g}, %{y:.4~g}", "data", marker=marker)
    return {**trace, **more}


def line_trace(look: Look, name: str, data: Sampled, slope: float, intercept: float, **more: Any) -> dict[str, Any]:
    """A line from one end of the data to the other."""
    y, text = [slope * x + intercept for x in data.ends], f"{name}<br>slope {slope:.8g}, intercept {intercept:.8g}"
    return {**scatter("lines", name, data.ends, y, "%{text}", line=look.line(), text=[text] * 2), **more}


def animation(
    title: str, look: Look, path: Descending, data: Sampled, goal: tuple[str, float, float] | None, notes: Sequence[str]
) -> Plot:
    """The path of slope and intercept to the goal; below it, the data with the line at that epoch.

    The goal is the name, slope and intercept of the row with the most digits.
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
