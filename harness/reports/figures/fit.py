"""Fit: the data and each row's line; of many features, predicted over actual values and residuals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.datasets.base import Data, Table
from harness.reports.figures.animation import animation
from harness.reports.figures.axes import layout, linear_axis
from harness.reports.figures.model import Choice, Figure, empty
from harness.reports.figures.replay import SHOWN_EPOCHS, Trajectory
from harness.reports.figures.scene import Record, Scene, without
from harness.reports.figures.style import DASHES, NEUTRAL, Look, rounded, safe
from harness.reports.table import Group
from harness.results import Row

__all__ = ["MOST_POINTS", "figures", "thinned"]

Float64 = NDArray[np.float64]

MOST_POINTS = 300
"""Of a dataset that are drawn; of more, so many at random, always the same ones."""


def figures(scene: Scene) -> Iterator[Figure]:
    """The fits on every dataset that can be loaded again."""
    for group in scene.groups:
        rows = scene.rows(group)
        data = scene.replays.data(rows[0])
        answered = [r for r in group.records if _answered(r)]
        rest = without([r for r in group.records if not _answered(r)], scene, "coefficients")
        if isinstance(data, str):
            yield empty(group.title, f"Nothing to draw: {data}.", rest)
        elif data.table.X.shape[1] == 1:
            yield _lines(scene, group, answered, data.table, (*_notes(data.table), *rest))
            yield from _descents(scene, group, rows)
        elif not answered:
            yield empty(group.title, "No row has coefficients.", rest)
        else:
            yield from _many_features(scene, group, answered, data.table, (*_notes(data.table), *rest))


def _answered(record: Record) -> bool:
    return record["coef_original"] is not None and None not in record["coef_original"]


def thinned(rows: int) -> NDArray[np.intp]:
    """The indices of the rows to draw, rising."""
    if rows <= MOST_POINTS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, MOST_POINTS, replace=False))


def _notes(table: Table) -> Iterator[str]:
    rows = len(table.y)
    if rows > MOST_POINTS:
        yield f"{MOST_POINTS} of {rows:,} rows are drawn, chosen at random; the fits are of all that were given."


def _name(look: Look, record: Record) -> str:
    return look.name if record["status"] == "ok" else f"{look.name} ({record['status']})"


def _lines(scene: Scene, group: Group, answered: Sequence[Record], table: Table, notes: tuple[str, ...]) -> Figure:
    """One feature: the data, and the line of every row that has one."""
    looks = {r["case"]: scene.look(r) for r in answered}
    lines = [_line(looks[r["case"]], _name(looks[r["case"]], r), table, *_answer(r)) for r in answered]
    told = "; ".join(
        f"{looks[r['case']].label}: slope {_answer(r)[0]:.6g}, intercept {_answer(r)[1]:.6g}" for r in answered
    )
    summary = f"{table.target} over {table.features[0]}: {len(table.y):,} points. {told or 'No row has a line'}."
    return Figure(group.title, summary, {"data": [_scatter(table), *lines], "layout": _plane(table)}, notes)


def _answer(record: Record) -> tuple[float, float]:
    """Slope and intercept in the data's own units."""
    return record["coef_original"][0], record["intercept_original"] or 0.0


def _scatter(table: Table) -> dict[str, Any]:
    kept = thinned(len(table.y))
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "data",
        "x": rounded(table.X[kept, 0].tolist()),
        "y": rounded(table.y[kept].tolist()),
        "marker": {"color": NEUTRAL, "size": 5, "opacity": 0.6},
        "hovertemplate": "%{x:.4~g}, %{y:.4~g}<extra>data</extra>",
    }


def _plane(table: Table) -> dict[str, Any]:
    return layout(linear_axis(safe(table.features[0])), linear_axis(safe(table.target)))


def _line(look: Look, name: str, table: Table, slope: float, intercept: float) -> dict[str, Any]:
    x = np.array([table.X.min(), table.X.max()])
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x.tolist(),
        "y": (slope * x + intercept).tolist(),
        "line": look.line(),
        "text": [f"{name}<br>slope {slope:.8g}, intercept {intercept:.8g}"] * 2,
        "hovertemplate": "%{text}<extra></extra>",
    }


def _descents(scene: Scene, group: Group, rows: Sequence[Row]) -> Iterator[Figure]:
    """Of each iterative backend its longest descent: its line on the way, and its parameters'.

    One that diverged is named with the rows without coefficients: a line at 1e98 would hide the data.
    """
    records = {record["case"]: record for record in group.records}
    known = [record for record in group.records if _answered(record) and record["digits"] is not None]
    best = max(known, key=lambda record: record["digits"], default=None)
    for row, found in _longest(scene, rows):
        data, look = scene.replays.data(row), scene.looks[row.plan["case"]]
        if isinstance(data, str):
            continue
        told = f"{group.title}: {look.label}"
        status = records[row.plan["case"]]["status"]
        notes = ["Replayed for this report."]
        notes += [f"It ended {status}."] * (status != "ok") + [f"{found.stopped.capitalize()}."] * bool(found.stopped)
        yield _epochs(f"{told}, the line on its way", look, found, data, tuple(notes))
        yield animation(f"{told}, the parameters' way", look, found, data, best, tuple(notes))


def _longest(scene: Scene, rows: Sequence[Row]) -> list[tuple[Row, Trajectory]]:
    found: dict[str, tuple[Row, Trajectory]] = {}
    for row in rows:
        descent, name = scene.replays.trajectory(row), row.plan["backend"]
        if isinstance(descent, Trajectory) and row.status != "diverged" and len(descent.epochs) > 1:
            kept = found.setdefault(name, (row, descent))
            if descent.epochs[-1] > kept[1].epochs[-1]:
                found[name] = row, descent
    return list(found.values())


def _epochs(title: str, look: Look, found: Trajectory, data: Data, notes: tuple[str, ...]) -> Figure:
    """The line after 500, 2500 and 10,000 epochs, as far as it went, and at its end."""
    last = int(found.epochs[-1])
    wanted = {1, *(each for each in SHOWN_EPOCHS if each <= last), last}
    shown = [i for i, epoch in enumerate(found.epochs.tolist()) if epoch in wanted]
    lines, told = [], []
    for dash, i in zip(DASHES[len(shown) - 1 :: -1], shown, strict=True):  # the last one is solid
        coef, intercept = data.scaling.original(found.coef[i], float(found.intercept[i]))
        name = f"after {found.epochs[i]:,} epoch{'s' if found.epochs[i] > 1 else ''}"
        each = Look(name, look.colour, look.symbol, dash)
        lines.append(_line(each, name, data.table, float(coef[0]), intercept))
        told.append(f"{name} slope {float(coef[0]):.4g}, intercept {intercept:.4g}")
    spec = {"data": [_scatter(data.table), *lines], "layout": _plane(data.table)}
    return Figure(title, f"The line {'; '.join(told)}.", spec, (*_notes(data.table), *notes))


def _many_features(
    scene: Scene, group: Group, answered: Sequence[Record], table: Table, notes: tuple[str, ...]
) -> Iterator[Figure]:
    """Many features: predicted over actual values, and residuals, a row at a time."""
    kept = thinned(len(table.y))
    actual = table.y[kept]
    predicted = {r["case"]: table.X[kept] @ np.array(r["coef_original"]) + _answer(r)[1] for r in answered}
    rest = {r["case"]: actual - predicted[r["case"]] for r in answered}
    names = {r["case"]: scene.look(r).label + ("" if r["status"] == "ok" else f", {r['status']}") for r in answered}
    choices = tuple(Choice(names[r["case"]], (i, len(answered))) for i, r in enumerate(answered))
    spread = "; ".join(f"{names[case]} {np.sqrt(np.mean(e**2)):.4g}" for case, e in rest.items())
    told = f"{len(kept)} points of each row. Root mean square of their residuals: {spread}."

    def view(
        title: str, x: Mapping[str, Float64], y: Mapping[str, Float64], guide: dict[str, Any], axes: Any
    ) -> Figure:
        data = [*(_dots(scene.look(r), r, x[r["case"]], y[r["case"]]) for r in answered), guide]
        spec = {"data": data, "layout": layout(*axes)}
        return Figure(f"{group.title}: {title}", f"{title.capitalize()}, {told}", spec, notes, choices=choices)

    target = safe(table.target)
    ends = [float(actual.min()), float(actual.max())]
    reach = [float(min(p.min() for p in predicted.values())), float(max(p.max() for p in predicted.values()))]
    axes = linear_axis(f"actual {target}"), linear_axis(f"predicted {target}")
    yield view("predicted over actual", dict.fromkeys(predicted, actual), predicted, _guide("equal", ends, ends), axes)
    axes = linear_axis(f"predicted {target}"), linear_axis("residual, actual − predicted")
    yield view("residuals over predicted", predicted, rest, _guide("zero", reach, [0.0, 0.0]), axes)


def _guide(name: str, x: Sequence[float], y: Sequence[float]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(x),
        "y": list(y),
        "hoverinfo": "skip",
        "showlegend": False,
        "line": {"color": NEUTRAL, "width": 1, "dash": "dot"},
    }


def _dots(look: Look, record: Record, x: Float64, y: Float64) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _name(look, record),
        "x": rounded(x.tolist(), 4),
        "y": rounded(y.tolist(), 4),
        "marker": look.marker(size=6, opacity=0.7, line={"width": 0}),
        "hovertemplate": f"{look.name}<br>%{{x:.4~g}}: %{{y:.4~g}}<extra></extra>",
    }
