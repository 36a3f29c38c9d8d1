"""Agreement: how many digits every two rows of a dataset have in common, as a heat map."""

from collections.abc import Iterator

import numpy as np

from harness.reports.plotting.axes import layout
from harness.reports.plotting.plot import Plot, empty, plot_kind
from harness.reports.plotting.style import safe
from harness.reports.plotting.view import RunView, without
from harness.reports.sheet import Table
from harness.reports.sheets.agreement import Matrix, has_coefficients, matrices
from harness.reports.sheets.agreement import agreement as agreement_sheet

ROW = 26
"""Pixels per row of the map."""


@plot_kind(
    title="Agreement",
    about="Digits that the coefficients of two rows have in common, whether or not they are the right ones.",
    place=30,
)
def agreement(view: RunView) -> Iterator[Plot]:
    """A map for every dataset on which two rows or more have coefficients."""
    found = {each.title: each for each in matrices(view.run)}
    tables = dict(zip(found, agreement_sheet(view.run).tables, strict=True))
    for title, rows in view.datasets:
        notes = without([row for row in rows if not has_coefficients(row)], view, "coefficients")
        if title in found:
            yield _map(found[title], tables[title], notes)
        else:
            yield empty(title, "Agreement needs two rows with coefficients.", notes)


def _map(each: Matrix, table: Table, notes: tuple[str, ...]) -> Plot:
    n = len(each.names)
    names = [f"{safe(name, 40)} {i}" for i, name in enumerate(each.names, 1)]
    numbers = [str(i) for i in range(1, n + 1)]
    text = [[f"{value:.1f}" if i != j else "" for j, value in enumerate(row)] for i, row in enumerate(each.digits)]
    bar = {"title": {"text": "digits"}, "thickness": 10}
    says = {"text": text, "hovertemplate": "%{y}<br>and %{x}: %{z:.1f} digits in common<extra></extra>"}
    looks = {"zmin": 0, "zmax": 17, "colorscale": "Cividis", "xgap": 1, "ygap": 1, "colorbar": bar}
    if n <= 12:
        looks |= {"texttemplate": "%{text}", "textfont": {"size": 10}}
    heat = {"type": "heatmap", "x": numbers, "y": names, "z": np.round(each.digits, 1).tolist(), **looks, **says}
    x = {"type": "category", "side": "top", "showgrid": False, "title": {"text": "numbered as the rows are"}}
    y = {"type": "category", "autorange": "reversed", "showgrid": False, "tickfont": {"size": 11}}
    drawn = layout(x, y, height=130 + ROW * max(n, 4), margin={"l": 8, "r": 8, "t": 56, "b": 8})
    return Plot(each.title, _summary(each), {"data": [heat], "layout": drawn}, notes, table=table)


def _summary(each: Matrix) -> str:
    upper = [(each.digits[i, j], i, j) for i in range(len(each.names)) for j in range(i + 1, len(each.names))]
    least, i, j = min(upper)
    return (
        f"Digits in common between {len(each.names)} rows. They agree least where {each.names[i]} meets "
        f"{each.names[j]}: {least:.1f} digits; the median pair has {np.median([v for v, *_ in upper]):.1f}."
    )
