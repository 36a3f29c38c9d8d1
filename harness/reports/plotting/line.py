"""A line through the data of one feature: the data as a run has them, a line, and a line on its way to the answer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.reports.plotting.style import NEUTRAL, Look, rounded, scatter
from harness.results import DataSample, Descent, ProblemRecord

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Sampled:
    """The sample of its data that a run has, in the data's own units."""

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
        """The least and the largest value of the first feature, over all rows of the data."""
        return [self.sample.low[0], self.sample.high[0]]

    def notes(self) -> Iterator[str]:
        """What is not drawn."""
        if len(self.y) < self.problem.n_samples:
            yield f"{len(self.y)} of {self.problem.n_samples:,} rows are drawn; the fits are of all of them."


class Descending(NamedTuple):
    """A line at some epochs of a descent, in the data's own units, and why it ends before the method did, if it does."""

    epochs: list[int]
    slopes: list[float]
    intercepts: list[float]
    stopped: str


def descending(descent: Descent, problem: ProblemRecord | None) -> Descending | None:
    """A descent on one feature as lines; None where it kept no coefficients, or those of a single epoch."""
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
