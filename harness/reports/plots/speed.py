"""Accuracy against speed: one point per row, and the Pareto front."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from harness.judgement import Score
from harness.judgement.attainable import attainable
from harness.judgement.digits import digits
from harness.judgement.excess_loss import excess_loss
from harness.reports.plotting.axes import HIGHEST, digits_axis, layout, log_axis, seconds_axis
from harness.reports.plotting.labels import Mark, positions, shares
from harness.reports.plotting.plot import Plot, empty, plot_kind
from harness.reports.plotting.style import NEUTRAL, THIN, safe, scatter, symbol
from harness.reports.plotting.view import DatasetRows, RunView, bars, hover, lost, without
from harness.results import Row
from harness.units import seconds_text

ANSWERS = ("ok", "not_converged")
"""Statuses of rows that may be on the front."""

LANES = 12
"""The most heights at which rows without an answer are drawn."""

LANE = 14
"""Pixels per height."""


BELOW_ANSWERS = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": -0.5, "y1": -0.5, "line": THIN}
"""The line between rows with an answer and rows without, below it."""

DASHED = {"color": NEUTRAL, "dash": "dash", "width": 1.5}

NAMED = "named"
"""Marks a trace whose text is its name; a narrow page shows that only in the legend."""


class Point(NamedTuple):
    """A row with its median time and the number to draw over it."""

    row: Row
    seconds: float
    value: float


@plot_kind(
    title="Accuracy against speed",
    about="Up is more correct digits, left is less time. The line joins the rows that no other row beats in both: the "
    "Pareto front. Bars are the time's interval. A hollow mark did not converge, a mark with a dot is a single sample, "
    "and a row without an answer is below the dotted line with its status. The dashed line shows the attainable "
    "digits: digits beyond it are right for exactly these data, but would change with half a unit in their last place.",
    place=10,
)
def speed(view: RunView) -> Iterator[Plot]:
    """Digits over time for every dataset, and excess loss over time."""
    for dataset in view.datasets:
        yield _digits(view, dataset)
        yield _excess(view, dataset)


def front(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The Pareto front of costs and gains: by rising cost, every point with more gain than all before it."""
    kept: list[tuple[float, float]] = []
    for point in sorted(points, key=lambda each: (each[0], -each[1])):
        if not kept or point[1] > kept[-1][1]:
            kept.append(point)
    return kept


def _parted(rows: Sequence[Row], score: Score[float]) -> tuple[list[Point], list[Row]]:
    """The rows that have this score and a time, and the others."""
    values = ((row, row.median, score.of(row)) for row in rows)
    found = [Point(row, time, value) for row, time, value in values if time and value is not None]
    drawn = {point.row.case.id for point in found}
    return found, [row for row in rows if row.case.id not in drawn]


def _digits(view: RunView, dataset: DatasetRows) -> Plot:
    drawn, others = _parted(dataset.rows, digits)
    notes = without(others, view, "digits or a time")
    if not drawn:
        return empty(dataset.title, "No row has both digits and a time.", notes)
    best = front([(p.seconds, p.value) for p in drawn if p.row.status in ANSWERS])
    times = [time for row in dataset.rows if (time := row.median)]
    lowest = -0.6 - 1.3 * min(len(others), LANES) - (0.6 if others else 0)
    sides = _sides(view, dataset.rows, drawn, shares((p.value for p in drawn), lowest, HIGHEST))
    data = [*_staircase(best), *(_mark(view, p, p.value, side) for p, side in zip(drawn, sides, strict=True))]
    data += [_below(view, row, row.median or 4 * max(times), -1.2 - 1.3 * (i % LANES)) for i, row in enumerate(others)]
    limits = _attainable(dataset.rows)
    rules = [*([BELOW_ANSWERS] if others else []), *(_level(limit) for limit in limits.values())]
    words = [_word(dtype, limit, alone=len(limits) == 1) for dtype, limit in limits.items()]
    x, height = seconds_axis(times), 380 + LANE * min(len(others), LANES)
    spec = {"data": data, "layout": layout(x, digits_axis(lowest), shapes=rules, annotations=words, height=height)}
    return Plot(dataset.title, _summary(view, drawn, best, others), spec, notes)


def _attainable(rows: Sequence[Row]) -> dict[str, float]:
    """The digits that the data determine, by precision."""
    found = {row.case.dtype: limit for row in rows if (limit := attainable.of(row)) is not None}
    return dict(sorted(found.items(), reverse=True))


def _level(limit: float) -> dict[str, Any]:
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": limit, "y1": limit, "line": DASHED}


def _word(dtype: str, limit: float, *, alone: bool) -> dict[str, Any]:
    """The label of a level, below its right end."""
    text = f"attainable{'' if alone else f', {dtype}'}: {limit:.1f}"
    place = {"xref": "paper", "x": 1, "xanchor": "right", "y": limit, "yanchor": "top", "showarrow": False}
    return {"text": text, "font": {"size": 11, "color": NEUTRAL}, **place}


def _staircase(points: Sequence[tuple[float, float]]) -> Iterator[dict[str, Any]]:
    """The line along the front; a single point has none."""
    if len(points) > 1:
        x, y = zip(*points, strict=True)
        yield scatter("lines", "Pareto front", x, y, line={"color": NEUTRAL, "shape": "hv", "width": 1.5})


def _sides(view: RunView, rows: Sequence[Row], drawn: Sequence[Point], up: Sequence[float]) -> list[str]:
    """The side of each mark for its name; empty if there is no room."""
    times = [math.log10(each) for row in rows if row.timing for each in (row.timing.low, row.timing.high) if each > 0]
    across = shares((math.log10(p.seconds) for p in drawn), min(times, default=0.0), max(times, default=0.0))
    return positions([Mark(x, y, view.brief(p.row)) for p, x, y in zip(drawn, across, up, strict=True)])


def _mark(view: RunView, point: Point, y: float, side: str) -> dict[str, Any]:
    look, timing = view.look(point.row), point.row.timing
    interval = {"error_x": bars([timing], look.colour)} if timing and timing.samples > 1 else {}
    marker, says = look.marker(symbol=symbol(look, point.row)), [hover(look, point.row)]
    name = [safe(view.brief(point.row))] if side else [""]
    named = {"text": name, "textposition": side or "top center", "textfont": {"size": 11}, "meta": NAMED}
    mode, more = "markers+text" if side else "markers", {"marker": marker, "hovertext": says, "cliponaxis": False}
    return scatter(mode, look.name, [point.seconds], [y], "%{hovertext}", **more, **named, **interval)


def _below(view: RunView, row: Row, x: float, y: float) -> dict[str, Any]:
    """A row without an answer, below the others; without a time, at the right edge."""
    return lost(view.look(row), row, x, y, row.status if row.timing else f"{row.status}, no time")


def _summary(view: RunView, drawn: Sequence[Point], best: Sequence[tuple[float, float]], others: Sequence[Row]) -> str:
    names = {(p.seconds, p.value): view.label(p.row) for p in reversed(drawn)}
    listed = ", then ".join(f"{names[x, y]} ({y:.1f} digits in {seconds_text(x)})" for x, y in best)
    lost = f" {len(others)} without an answer or a time." if others else ""
    unbeaten = f"On the front, fastest first: {listed}." if listed else "No row is on the front."
    return f"Correct digits over median time of {len(drawn)} rows. {unbeaten}{lost}"


def _excess(view: RunView, dataset: DatasetRows) -> Plot:
    title = f"{dataset.title}: excess loss"
    drawn, others = _parted(dataset.rows, excess_loss)
    notes = without(others, view, "a loss or a time")
    if not drawn:
        return empty(title, "No row has both a loss and a time.", notes, folded=True)
    positive = [p.value for p in drawn if p.value > 0] or [1.0]
    floor = 10.0 ** (math.floor(math.log10(min(positive))) - 1)
    best = front([(p.seconds, -math.log10(p.value or floor)) for p in drawn if p.row.status in ANSWERS])
    data = [*_staircase([(x, 10.0**-gain) for x, gain in best])]
    logs = [math.log10(p.value or floor) for p in drawn]
    sides = _sides(view, dataset.rows, drawn, shares(logs, min(logs), max(logs)))
    data += [_mark(view, p, p.value or floor, side) for p, side in zip(drawn, sides, strict=True)]
    if any(not p.value for p in drawn):
        notes = (f"An excess loss of exactly 0 is drawn at {floor:.0e}, below every other.", *notes)
    axes = seconds_axis(p.seconds for p in drawn), log_axis("excess loss", dtick=None, nticks=8)
    summary = f"Excess loss over median time of {len(drawn)} rows; less is better, both ways."
    return Plot(title, summary, {"data": data, "layout": layout(*axes)}, notes, folded=True)
