"""Convergence: loss and excess loss over epochs and over seconds; direct solvers as marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from harness.datasets.base import Data
from harness.reports.figures.axes import layout, log_axis, seconds_axis
from harness.reports.figures.model import Figure
from harness.reports.figures.replay import Trajectory, family, longest
from harness.reports.figures.scene import Record, Scene, hover, lost, without
from harness.reports.figures.style import Look, rounded, symbol
from harness.reports.table import Group
from harness.units import number_text, seconds_text
from harness.results import Row

__all__ = ["figures"]

Over = Literal["epochs", "seconds"]
What = Literal["excess_loss", "loss_train"]
Float64 = NDArray[np.float64]

FLOOR = 1e-34
"""Where an excess loss of exactly 0 is drawn, and what is less."""

DIRECT = 0.6
"""Epochs at which a direct solver's mark stands: left of the first."""

TRUSTED = 100.0
"""Times its own excess loss that a curve must be from the best row to be measured by its distance from it."""

TITLES: Mapping[What, str] = {"excess_loss": "excess loss", "loss_train": "loss"}
VIEWS: tuple[tuple[What, Over], ...] = (
    ("excess_loss", "epochs"), ("excess_loss", "seconds"), ("loss_train", "epochs"), ("loss_train", "seconds"),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Curve:
    """A replayed descent with its losses.

    Attributes
    ----------
    epochs : ndarray of shape (n_kept,)
    values : mapping of str to ndarray of shape (n_kept,)
        NaN where it is not known.
    """

    epochs: NDArray[np.int64]
    values: Mapping[What, Float64]


@dataclass(frozen=True)
class Descents:
    """What is drawn of a dataset.

    Attributes
    ----------
    group : Group
    curves : mapping of str to Curve
        By case.
    sweeps : tuple of tuple of str
        Cases that differ in nothing but the number of epochs, two or more each.
    notes : tuple of str
    """

    group: Group
    curves: Mapping[str, Curve]
    sweeps: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


def figures(scene: Scene) -> Iterator[Figure]:
    """Four figures a dataset on which something iterates."""
    rows = {group.title: scene.rows(group) for group in scene.groups}
    descending = [g for g in scene.groups if any(row.worst.iterations is not None for row in rows[g.title])]
    scene.replays.go([row for group in descending for row in longest(rows[group.title])])
    for group in descending:
        found = _descents(scene, group, rows[group.title])
        yield from (_figure(scene, found, what, over) for what, over in VIEWS)


def _descents(scene: Scene, group: Group, rows: Sequence[Row]) -> Descents:
    curves: dict[str, Curve] = {}
    whys: dict[str, list[str]] = {}
    for row in longest(rows):
        found, data = scene.replays.trajectory(row), scene.replays.data(row)
        why = found.stopped if isinstance(found, Trajectory) else found
        if why:
            whys.setdefault(why, []).append(scene.looks[row.plan["case"]].label)
        if isinstance(found, Trajectory) and not isinstance(data, str):
            curves[row.plan["case"]] = _curve(found, data, _best(rows, row))
    families: dict[str, list[str]] = {}
    for row in rows:
        if row.worst.iterations is not None:
            families.setdefault(family(row), []).append(row.plan["case"])
    sweeps = tuple(tuple(cases) for cases in families.values() if len(cases) > 1)
    notes = tuple(f"No whole curve of {', '.join(names)}: {why}." for why, names in whys.items())
    return Descents(group, curves, sweeps, notes)


def _curve(found: Trajectory, data: Data, best: Row | None) -> Curve:
    values: dict[What, Float64] = {"loss_train": found.losses(data)}
    if best is not None:
        coef = [float(each or 0.0) for each in best.worst.coef or ()]
        excess = found.excess(data, coef, best.worst.intercept or 0.0)
        values["excess_loss"] = np.where(excess >= TRUSTED * best.worst.scores["excess_loss"], excess, np.nan)
    return Curve(found.epochs, values)


def _best(rows: Sequence[Row], of: Row) -> Row | None:
    """The row with the least excess loss on the same data: its answer stands for the exact one."""
    same = [row for row in rows if row.worst.data == of.worst.data and row.worst.scores.get("excess_loss") is not None]
    finite = [row for row in same if row.worst.coef is not None and None not in row.worst.coef]
    return min(finite, key=lambda row: row.worst.scores["excess_loss"], default=None)


def _figure(scene: Scene, found: Descents, what: What, over: Over) -> Figure:
    title = f"{found.group.title}: {TITLES[what]} over {over}"
    folded = what == "loss_train"
    data: list[dict[str, Any]] = []
    rest: list[Record] = []
    for record in found.group.records:
        traces = list(_traces(scene.look(record), record, found.curves.get(record["case"]), what, over))
        data += traces
        if not traces:
            rest.append(record)
    data += _sweeps(scene, found, what, over)
    notes = (*_told(found, what, over), *found.notes, *without(rest, scene, TITLES[what]))
    if not data:
        return Figure(title, why := f"No row has {TITLES[what]} to draw.", {}, notes, why, folded=folded)
    places = [place for trace in data for place in trace["x"]]
    x = log_axis("epochs") if over == "epochs" else seconds_axis(places, "time")
    y = log_axis(TITLES[what], dtick=None, nticks=8)
    return Figure(
        title, _summary(scene, found.group, what, over), {"data": data, "layout": layout(x, y)}, notes, folded=folded
    )


def _traces(look: Look, record: Record, curve: Curve | None, what: What, over: Over) -> Iterator[dict[str, Any]]:
    """The descent as a line, the measured answer as a mark; a descent without an answer ends in its status."""
    point = _point(record, what, over)
    x, y = _places(record, curve, what, over)
    if len(x):
        yield {
            "type": "scatter",
            "mode": "lines",
            "name": look.name,
            "legendgroup": look.name,
            "x": rounded(x.tolist()),
            "y": rounded(y.tolist(), 4),
            "line": look.line(),
            "hovertemplate": f"{look.name}<br>%{{x:.4~g}}: %{{y:.3~g}}<extra>replayed</extra>",
        }
    if point is not None:
        yield _mark(look, record, point, what)
    elif len(x):
        yield lost(look, record, float(x[-1]), float(y[-1]), record["status"], "top center")


def _places(record: Record, curve: Curve | None, what: What, over: Over) -> tuple[Float64, Float64]:
    """Where a curve is drawn: as far as it is known and finite."""
    nowhere = np.empty(0), np.empty(0)
    if curve is None or what not in curve.values:
        return nowhere
    scale = 1.0
    if over == "seconds":
        if not record["seconds"] or not record["iterations"]:
            return nowhere
        scale = record["seconds"]["median"] / record["iterations"]
    known = np.isfinite(curve.values[what])
    x: Float64 = curve.epochs[known] * np.float64(scale)
    y: Float64 = np.maximum(curve.values[what][known], FLOOR)
    return x, y


def _point(record: Record, what: What, over: Over) -> tuple[float, float] | None:
    """Where the measured answer stands: after so many epochs or seconds."""
    place = (record["iterations"] or DIRECT) if over == "epochs" else record["seconds"] and record["seconds"]["median"]
    return (place, max(record[what], FLOOR)) if place and record[what] is not None else None


def _mark(look: Look, record: Record, point: tuple[float, float], what: What) -> dict[str, Any]:
    epochs = "direct: no epochs" if record["iterations"] is None else f"{record['iterations']:,} epochs"
    return {
        "type": "scatter",
        "mode": "markers",
        "name": look.name,
        "legendgroup": look.name,
        "x": [point[0]],
        "y": [point[1]],
        "marker": look.marker(symbol=symbol(look, record)),
        "text": [f"{hover(look, record)}<br>{epochs}<br>{TITLES[what]} {number_text(record[what], 3)}"],
        "hovertemplate": "%{text}<extra>measured</extra>",
    }


def _sweeps(scene: Scene, found: Descents, what: What, over: Over) -> Iterator[dict[str, Any]]:
    """What joins the marks of a swept list of epochs: measured, every one."""
    records = {record["case"]: record for record in found.group.records}
    for cases in found.sweeps:
        points = sorted(p for case in cases if case in records and (p := _point(records[case], what, over)))
        if len(points) > 1:
            look = scene.looks[cases[0]]
            yield {
                "type": "scatter",
                "mode": "lines",
                "name": f"{look.name} and on",
                "showlegend": False,
                "x": [x for x, _ in points],
                "y": [y for _, y in points],
                "line": {"color": look.colour, "dash": "dot", "width": 1},
                "hoverinfo": "skip",
            }


def _told(found: Descents, what: What, over: Over) -> Iterator[str]:
    records = found.group.records
    if found.curves:
        times = "; their times are the measured median divided evenly over its epochs" if over == "seconds" else ""
        yield f"Lines are descents replayed for this report, at about 60 epochs each{times}. Marks were measured."
    if found.curves and what == "excess_loss":
        yield (
            f"A line is measured from the best row's answer, and ends where it comes within {TRUSTED:g} times that "
            "row's own excess loss."
        )
    if found.sweeps:
        yield "Thin dotted lines join what was measured with a swept list of epochs."
    if over == "epochs" and any(r["iterations"] is None and r[what] is not None for r in records):
        yield "Direct solvers need no epochs: their marks stand left of the first."
    if any(r[what] is not None and r[what] < FLOOR for r in records):
        yield f"What is less than {FLOOR:.0e} is drawn there."


def _summary(scene: Scene, group: Group, what: What, over: Over) -> str:
    rows = [r for r in group.records if r["iterations"] is not None and r[what] is not None]
    last = "; ".join(
        f"{scene.look(r).label} {number_text(r[what], 2)} after {r['iterations']:,} epochs"
        + (f", {seconds_text(r['seconds']['median'])}" if r["seconds"] else "")
        for r in rows
    )
    return f"{TITLES[what].capitalize()} over {over}, both on logarithmic scales. {last or 'No descent arrived'}."
