"""Roofline: the operations per second of every method, against the machine's limit at its operations per byte.

Source: S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual performance model for multicore
architectures", Communications of the ACM 52(4), 2009, 65-76.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from harness.machine import Roof
from harness.reports.plotting.axes import layout, number_axis, rate_axis
from harness.reports.plotting.plot import Plot, empty, plot_kind
from harness.reports.plotting.style import NEUTRAL, rounded, scatter, symbol
from harness.reports.plotting.view import RunView, hover
from harness.results import Row
from harness.scaling import Achieved, achieved
from harness.units import rate_text, ratio_text

TITLE = "Operations per second over operations per byte"


class Placed(NamedTuple):
    """A row with its place."""

    row: Row
    intensity: float
    achieved: Achieved


@plot_kind(
    title="Roofline",
    about="Operations per second (the floating-point operations that a backend declares for its method, over its time) "
    "against operations per byte to and from memory. The roof is the limit of this machine: it rises where memory "
    "limits, and is level where arithmetic does. A method just below it can hardly be faster; one far below spends its "
    "time on something else. Above it, the data were in a cache.",
    place=65,
    over_all=True,
)
def roofline(view: RunView) -> Iterator[Plot]:
    """One plot over all datasets."""
    roof = view.run.header.roof
    found = [(row, achieved(row, roof)) for row in view.rows]
    drawn = [Placed(row, each.intensity, each) for row, each in found if each and each.intensity]
    if not drawn:
        yield empty(TITLE, "No timed row has a backend that declares its cost.")
        return
    silent = dict.fromkeys(view.label(row) for row, each in found if row.timing and not (each and each.intensity))
    data = [*_roofs(drawn, roof), *(_dots(view, name, each) for name, each in _by_name(view, drawn).items())]
    tops = [max(trace["y"]) for trace in data]
    x = number_axis([place for trace in data for place in trace["x"]], "operations per byte")
    y = rate_axis([*(each.achieved.flops_per_second for each in drawn), *tops], "operations per second")
    spec = {"data": data, "layout": layout(x, y)}
    yield Plot(TITLE, _summary(view, drawn, roof), spec, tuple(_notes(roof, list(silent))))


def _by_name(view: RunView, drawn: Sequence[Placed]) -> dict[str, list[Placed]]:
    found: dict[str, list[Placed]] = {}
    for each in drawn:
        found.setdefault(view.look(each.row).name, []).append(each)
    return found


def _roofs(drawn: Sequence[Placed], roof: Roof | None) -> Iterator[dict[str, Any]]:
    """A roof for every precision among the rows on the CPU."""
    if roof is None:
        return
    dtypes = dict.fromkeys(each.row.case.dtype for each in drawn if each.row.case.device == "cpu")
    for dtype in dtypes:
        peak = roof.flops_per_second.get(dtype)
        if peak is None:
            continue
        ridge = peak / roof.bytes_per_second
        places = [ridge, *(each.intensity for each in drawn)]
        x = [min(places) / 2, ridge, 2 * max(places)]
        text = f"{dtype}: {rate_text(peak, 'FLOP/s')}, {rate_text(roof.bytes_per_second, 'B/s')}"
        line = {"color": NEUTRAL, "dash": "solid" if dtype == "float64" else "dash", "width": 2}
        y = rounded(roof.at(each, dtype) for each in x)
        yield scatter("lines", f"roof, {dtype}", rounded(x), y, "%{text}", text=[text] * 3, line=line)


def _dots(view: RunView, name: str, drawn: Sequence[Placed]) -> dict[str, Any]:
    look = view.look(drawn[0].row)
    marker = look.marker(symbol=[symbol(view.look(each.row), each.row) for each in drawn])
    x, y = ([each.intensity for each in drawn], [each.achieved.flops_per_second for each in drawn])
    text = [_hover_text(view, each) for each in drawn]
    return scatter("markers", name, rounded(x), rounded(y), "%{text}", marker=marker, text=text, legendgroup=name)


def _hover_text(view: RunView, each: Placed) -> str:
    size = each.row.problem and f"<br>{each.row.problem.n_samples:,} × {each.row.problem.n_features:,}"
    done = each.achieved
    share = "" if done.share is None else f", {done.share:.0%} of the roof"
    return (
        f"{hover(view.look(each.row), each.row)}{size or ''}<br>{rate_text(done.flops_per_second, 'FLOP/s')}{share}<br>"
        f"{rate_text(done.bytes_per_second, 'B/s')}, {ratio_text(each.intensity)} operations per byte"
    )


def _summary(view: RunView, drawn: Sequence[Placed], roof: Roof | None) -> str:
    best = max(drawn, key=lambda each: each.achieved.share or 0.0)
    share = best.achieved.share
    if roof is None or share is None:
        most = max(drawn, key=lambda each: each.achieved.flops_per_second)
        return f"{view.label(most.row)} achieves the most: {rate_text(most.achieved.flops_per_second, 'FLOP/s')}."
    rate = rate_text(best.achieved.flops_per_second, "FLOP/s")
    return f"{view.label(best.row)} is nearest to the roof, or farthest above it: {rate}, {share:.0%} of it."


def _notes(roof: Roof | None, silent: Sequence[str]) -> Iterator[str]:
    if roof is None:
        yield "No roof: a run measures the machine's limits only if its suite sweeps sizes."
    else:
        yield f"The roof, as measured when the run began: {roof.text()}."
    if silent:
        yield f"Without a declared cost: {', '.join(silent)}."
