"""Accuracy against speed: one point a row, and the front of those that nothing beats in both."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from harness.reports.figures.axes import layout, linear_axis, log_axis, seconds_axis
from harness.reports.figures.model import Figure, empty
from harness.reports.figures.scene import Record, Scene, bars, hover, lost, without
from harness.reports.figures.style import NEUTRAL, symbol
from harness.reports.table import Group
from harness.units import seconds_text

__all__ = ["figures", "front"]

ANSWERS = ("ok", "not_converged")
"""Statuses of rows whose coefficients may stand on the front."""

LANES = 12
"""Rows without an answer are spread over so many heights at the most."""

LANE = 14
"""Pixels that each of them adds."""


def figures(scene: Scene) -> Iterator[Figure]:
    """Digits over time for every dataset, and excess loss over time."""
    for group in scene.groups:
        yield _digits(scene, group)
        yield _excess(scene, group)


def front(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The Pareto front: from the smallest cost on, every point with more gain than all before it.

    Parameters
    ----------
    points : sequence of (cost, gain)
    """
    kept: list[tuple[float, float]] = []
    for point in sorted(points, key=lambda each: (each[0], -each[1])):
        if not kept or point[1] > kept[-1][1]:
            kept.append(point)
    return kept


def _seconds(record: Record) -> float | None:
    return float(record["seconds"]["median"]) if record["seconds"] else None


def _parted(group: Group, number: str) -> tuple[list[Record], list[Record]]:
    """The rows that have this number and a time, and the others."""
    found: tuple[list[Record], list[Record]] = [], []
    for record in group.records:
        found[not _seconds(record) or record[number] is None].append(record)
    return found


def _digits(scene: Scene, group: Group) -> Figure:
    drawn, others = _parted(group, "digits")
    if not drawn:
        return empty(group.title, "No row has both digits and a time.", without(others, scene, "digits or a time"))
    best = front([(r["seconds"]["median"], r["digits"]) for r in drawn if r["status"] in ANSWERS])
    edge = 4 * max(_seconds(r) or 0.0 for r in group.records)
    data = [_staircase(best)]
    data += [_point(scene, r, r["seconds"]["median"], r["digits"]) for r in drawn]
    data += [_below(scene, r, _seconds(r) or edge, -1.2 - 1.3 * (i % LANES)) for i, r in enumerate(others)]
    lowest = -0.6 - 1.3 * min(len(others), LANES) - (0.6 if others else 0)
    ticks = {"tickvals": [0, 4, 8, 12, 16], "range": [lowest, 17.6]}
    rules = [_rule(-0.5)] if others else []
    x, height = seconds_axis(filter(None, map(_seconds, group.records))), 380 + LANE * min(len(others), LANES)
    spec = {"data": data, "layout": layout(x, linear_axis("correct digits", **ticks), shapes=rules, height=height)}
    return Figure(group.title, _summary(scene, drawn, best, others), spec, without(others, scene, "digits or a time"))


def _rule(y: float) -> dict[str, Any]:
    """A line between the rows that have an answer and those below it that have none."""
    line = {"color": NEUTRAL, "dash": "dot", "width": 1}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}


def _staircase(points: Sequence[tuple[float, float]]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "Pareto front",
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "line": {"color": NEUTRAL, "shape": "hv", "width": 1.5},
        "hoverinfo": "skip",
    }


def _point(scene: Scene, record: Record, x: float, y: float) -> dict[str, Any]:
    look, timed = scene.look(record), record["seconds"]
    interval = {} if timed["samples"] == 1 else {"error_x": bars([timed], look.colour)}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": look.name,
        "x": [x],
        "y": [y],
        "marker": look.marker(symbol=symbol(look, record)),
        "text": [hover(look, record)],
        "hovertemplate": "%{text}<extra></extra>",
        **interval,
    }


def _below(scene: Scene, record: Record, x: float, y: float) -> dict[str, Any]:
    """A row without an answer, below the others; without a time, at the right edge."""
    text = record["status"] if _seconds(record) is not None else f"{record['status']}, no time"
    return lost(scene.look(record), record, x, y, text)


def _summary(
    scene: Scene, drawn: Sequence[Record], best: Sequence[tuple[float, float]], others: Sequence[Record]
) -> str:
    names = {(r["seconds"]["median"], r["digits"]): scene.look(r).label for r in reversed(drawn)}
    told = ", then ".join(f"{names[x, y]} ({y:.1f} digits in {seconds_text(x)})" for x, y in best)
    lost = f" {len(others)} without an answer or a time." if others else ""
    beaten = f"On the front, fastest first: {told}." if told else "No row is on the front."
    return f"Correct digits over median time of {len(drawn)} rows. {beaten}{lost}"


def _excess(scene: Scene, group: Group) -> Figure:
    title = f"{group.title}: excess loss"
    drawn, others = _parted(group, "excess_loss")
    notes = without(others, scene, "a loss or a time")
    if not drawn:
        return Figure(title, why := "No row has both a loss and a time.", {}, notes, why, folded=True)
    positive = [r["excess_loss"] for r in drawn if r["excess_loss"] > 0] or [1.0]
    floor = 10.0 ** (math.floor(math.log10(min(positive))) - 1)
    heights = [(r["seconds"]["median"], -math.log10(r["excess_loss"] or floor), r) for r in drawn]
    best = front([(x, gain) for x, gain, r in heights if r["status"] in ANSWERS])
    data = [_staircase([(x, 10.0**-gain) for x, gain in best])]
    data += [_point(scene, r, r["seconds"]["median"], r["excess_loss"] or floor) for r in drawn]
    if any(not r["excess_loss"] for r in drawn):
        notes = (f"An excess loss of exactly 0 is drawn at {floor:.0e}, below every other.", *notes)
    spec = {
        "data": data,
        "layout": layout(seconds_axis(x for x, _, _ in heights), log_axis("excess loss", dtick=None, nticks=8)),
    }
    summary = f"Excess loss over median time of {len(drawn)} rows; less is better, both ways."
    return Figure(title, summary, spec, notes, folded=True)
