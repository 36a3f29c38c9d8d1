"""Convergence: loss and excess loss over epochs and over seconds; direct solvers as marks."""

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Literal, NamedTuple

from harness.judgement import Score
from harness.judgement.excess_loss import excess_loss
from harness.judgement.loss_train import loss_train
from harness.reports.plotting.axes import count_axis, layout, log_axis, seconds_axis
from harness.reports.plotting.descents import descent_of, drawn_descents, sweeps
from harness.reports.plotting.plot import Plot, empty, plot_kind
from harness.reports.plotting.style import Look, rounded, scatter, symbol
from harness.reports.plotting.view import DatasetRows, RunView, hover, lost, without
from harness.results import Descent, Row
from harness.units import count_text, number_text, seconds_text

Over = Literal["epochs", "seconds"]

FLOOR = 1e-34
"""Where an excess loss below this is drawn, 0 included."""

NOT_RECORDED = "the run did not record its descent"

DIRECT = 0.6
"""Where a direct solver's mark is on an axis of epochs: left of the first."""


class Loss(NamedTuple):
    """A loss: its title, the score of a row, and the field of a descent."""

    title: str
    score: Score[float]
    key: Literal["loss", "excess_loss"]


LOSS, EXCESS = Loss("loss", loss_train, "loss"), Loss("excess loss", excess_loss, "excess_loss")
VIEWS: tuple[tuple[Loss, Over], ...] = ((EXCESS, "epochs"), (EXCESS, "seconds"), (LOSS, "epochs"), (LOSS, "seconds"))


class Descents(NamedTuple):
    """What to draw for a dataset: its rows, their curves by case, and the rows of each sweep of epochs."""

    title: str
    rows: tuple[Row, ...]
    curves: dict[str, Descent]
    sweeps: list[tuple[Row, ...]]
    notes: tuple[str, ...]


@plot_kind(
    title="Convergence",
    about="How the loss falls. Lines are the descents that the run recorded, marks are the answers that were timed. A "
    "direct solver is only a mark. The excess loss is the loss minus the exact minimum.",
    why_empty="No row of this run iterates: every backend solves directly.",
    place=40,
)
def convergence(view: RunView) -> Iterator[Plot]:
    """Four plots for each dataset on which something iterates."""
    for dataset in view.datasets:
        if any(row.worst.iterations is not None for row in dataset.rows):
            found = _descents(view, dataset)
            yield from (_plot(view, found, loss, over) for loss, over in VIEWS)


def _descents(view: RunView, dataset: DatasetRows) -> Descents:
    curves = {row.case.id: descent for row, descent in drawn_descents(dataset.rows)}
    whys: dict[str, list[str]] = {}
    for row in dataset.rows:
        descent = descent_of(row)
        why = descent.stopped if descent else NOT_RECORDED if row.worst.iterations is not None else ""
        if why:
            whys.setdefault(why, []).append(view.label(row))
    notes = tuple(f"No whole curve of {', '.join(names)}: {why}." for why, names in whys.items())
    return Descents(*dataset, curves, sweeps(dataset.rows), notes)


def _plot(view: RunView, found: Descents, loss: Loss, over: Over) -> Plot:
    title, folded = f"{found.title}: {loss.title} over {over}", loss is LOSS
    drawn = [(row, list(_traces(view.look(row), row, found.curves.get(row.case.id), loss, over))) for row in found.rows]
    rest = [row for row, traces in drawn if not traces]
    data = [*chain.from_iterable(traces for _, traces in drawn), *_sweeps(view, found, loss, over)]
    notes = (*_explained(found, loss, over), *found.notes, *without(rest, view, loss.title))
    if not data:
        return empty(title, f"No row has {loss.title} to draw.", notes, folded=folded)
    places = [place for trace in data for place in trace["x"]]
    x = count_axis(places, "epochs") if over == "epochs" else seconds_axis(places, "time")
    spec = {"data": data, "layout": layout(x, log_axis(loss.title, dtick=None, nticks=8))}
    return Plot(title, _summary(view, found.rows, loss, over), spec, notes, folded=folded)


def _traces(look: Look, row: Row, descent: Descent | None, loss: Loss, over: Over) -> Iterator[dict[str, Any]]:
    """The descent as a line and the answer as a mark; a descent without an answer ends in its status."""
    point, places = _point(row, loss, over), _places(row, descent, loss, over)
    if places:
        x, y = zip(*places, strict=True)
        says, looks = f"{look.name}<br>%{{x:.4~g}}: %{{y:.3~g}}", {"legendgroup": look.name, "line": look.line()}
        yield scatter("lines", look.name, rounded(x), rounded(y, 4), says, "recorded", **looks)
    if point is not None:
        yield _mark(look, row, point, loss)
    elif places:
        yield lost(look, row, *places[-1], row.status, "top center")


def _places(row: Row, descent: Descent | None, loss: Loss, over: Over) -> list[tuple[float, float]]:
    """The points of a curve; over seconds only if the row was timed."""
    scale: float | None = 1.0
    if over == "seconds":
        scale = row.timing.median / row.worst.iterations if row.timing and row.worst.iterations else None
    if descent is None or scale is None:
        return []
    pairs = zip(descent.epochs, getattr(descent, loss.key), strict=True)
    return [(epoch * scale, max(y, FLOOR)) for epoch, y in pairs if y is not None and math.isfinite(y)]


def _point(row: Row, loss: Loss, over: Over) -> tuple[float, float] | None:
    """The place of the measured answer: its epochs or seconds, and its loss."""
    place = (row.worst.iterations or DIRECT) if over == "epochs" else row.median
    value = loss.score.of(row)
    return (place, max(value, FLOOR)) if place and value is not None else None


def _mark(look: Look, row: Row, point: tuple[float, float], loss: Loss) -> dict[str, Any]:
    epochs = "direct: no epochs" if row.worst.iterations is None else count_text(row.worst.iterations, "epoch")
    text = [f"{hover(look, row)}<br>{epochs}<br>{loss.title} {number_text(loss.score.of(row), 3)}"]
    more = {"legendgroup": look.name, "marker": look.marker(symbol=symbol(look, row)), "text": text}
    return scatter("markers", look.name, point[:1], point[1:], "%{text}", "measured", **more)


def _sweeps(view: RunView, found: Descents, loss: Loss, over: Over) -> Iterator[dict[str, Any]]:
    """Lines that join the marks of a sweep of epochs."""
    for sweep in found.sweeps:
        points = sorted(point for row in sweep if (point := _point(row, loss, over)))
        if len(points) > 1:
            look = view.look(sweep[0])
            x, y = zip(*points, strict=True)
            name, line = f"{look.name} and more epochs", look.line(dash="dot", width=1)
            yield scatter("lines", name, x, y, showlegend=False, line=line)


def _explained(found: Descents, loss: Loss, over: Over) -> Iterator[str]:
    if found.curves:
        times = " Along a line, the median time is divided evenly over the epochs." if over == "seconds" else ""
        yield f"Lines are the recorded descents, at up to about 60 epochs each.{times} Marks were timed."
    if found.sweeps:
        yield "Thin dotted lines join rows that differ only in their epochs."
    values = [(row, value) for row in found.rows if (value := loss.score.of(row)) is not None]
    if over == "epochs" and any(row.worst.iterations is None for row, _ in values):
        yield "Direct solvers need no epochs: their marks are left of the first."
    if any(value < FLOOR for _, value in values):
        yield f"Values below {FLOOR:.0e} are drawn there."


def _summary(view: RunView, rows: Sequence[Row], loss: Loss, over: Over) -> str:
    last = "; ".join(
        f"{view.label(row)} {number_text(value, 2)} after {count_text(row.worst.iterations, 'epoch')}"
        + (f", {seconds_text(row.timing.median)}" if row.timing else "")
        for row in rows
        if row.worst.iterations is not None and (value := loss.score.of(row)) is not None
    )
    return f"{loss.title.capitalize()} over {over}, both on logarithmic scales. {last or 'No descent has an answer'}."
