"""Runs in notebooks: a run as a table, as pandas frames and as Plotly figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import LinbenchError
from harness.reports.layout.html import html, html_text
from harness.reports.plots import sections
from harness.reports.plotting.plot import Plot, named_once, shown
from harness.reports.plotting.plotly import titled
from harness.reports.plotting.style import safe
from harness.reports.sheets.rows import flat
from harness.reports.sheets.table import table
from harness.results import Row, Run, Store

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

SAMPLE_COLUMNS = [
    "case", "dataset", "dataset_label", "backend", "backend_label", "device", "dtype", "environment",
    "round", "order", "seconds", "cpu_seconds", "control", "repeats",
]  # fmt: skip


ABOVE = {"x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"}


class NotebookRun(Run):
    """A run that shows itself: `harness.results.Run`, with pandas frames and Plotly figures."""

    def frame(self) -> pd.DataFrame:
        """One row per case, in seconds and bytes.

        The columns are the keys of ``linbench show --format json`` (``results/README.md``); those under ``seconds``
        are ``seconds_median``, ``seconds_low`` and so on.
        """
        import pandas as pd

        return pd.DataFrame([flat(row.record()) for row in self.rows])

    def samples(self) -> pd.DataFrame:
        """One row per sample, in the order in which they were taken within each case and round.

        The columns of the case, then ``round`` (from 0), ``order`` (position among all samples of the round, from 0),
        ``seconds`` and ``cpu_seconds`` (per call), ``control`` (seconds of the control right after; NaN where it was
        not measured) and ``repeats`` (calls per sample).
        """
        import pandas as pd

        found = [sample for row in self.rows for sample in _samples(row)]
        return pd.DataFrame(found, columns=SAMPLE_COLUMNS)

    def figures(self, runs: Sequence[Run | Path] = ()) -> dict[str, go.Figure]:
        """The plots of the report, by ``section-dataset`` as in the files of ``linbench report --static``.

        Empty plots are left out. The history also shows `runs`.

        Raises
        ------
        LinbenchError
            When Plotly is not installed.
        """
        plotly = _plotly()
        named = (pair for section in sections(self, runs) for pair in section.named())
        return {name: _styled(plotly, plot) for name, plot in named if not plot.why_empty}

    def __repr__(self) -> str:
        """The id and counts; the samples themselves would fill the screen."""
        return f"<NotebookRun {self.id}: {len(self.rows)} cases, {len(self.measurements)} measurements>"

    def _repr_html_(self) -> str:
        """The table as HTML; text from a run file is escaped."""
        return f"<p><b>{html_text(self.id)}</b> {html_text(self.header.started)}</p>{html(table(self))}"


def load_run(run: str | Path = "latest", *, results: str | Path = "results") -> NotebookRun:
    """Read a run for a notebook: by path, by id or its beginning, or the ``"latest"`` in `results`.

    Raises
    ------
    NothingToShow
        When there is no such run.
    StoreError
        When it cannot be read.
    """
    found = Store(Path(results)).load(str(run))
    return NotebookRun(**{each.name: getattr(found, each.name) for each in fields(found)})


def _samples(row: Row) -> Iterator[dict[str, Any]]:
    case = {"case": row.case.id, **{key: getattr(row.case, key) for key in SAMPLE_COLUMNS[1:8]}}
    for each in row.measurements:
        common = {**case, "round": each.round, "repeats": each.repeats}
        lists = zip_longest(each.seconds, each.order, each.cpu_seconds, each.control)
        for i, (seconds, order, cpu_seconds, control) in enumerate(islice(lists, len(each.seconds))):
            place = i if order is None else order
            yield {**common, "order": place, "seconds": seconds, "cpu_seconds": cpu_seconds, "control": control}


def _plotly() -> Any:
    try:
        import plotly.graph_objects as go
    except ImportError as error:
        raise LinbenchError(
            f"figures need plotly, which cannot be imported ({error}); install 'linbench[report]'"
        ) from error
    return go


def _styled(plotly: Any, plot: Plot) -> go.Figure:
    """A plot as on the page, with Plotly's own controls: a legend, a list of choices, a slider."""
    data = plot.spec["data"]
    visible = shown(plot, plot.choices[0]) if plot.choices else [True] * len(data)
    controls = _controls(plot)
    margin = {"l": 64, "r": 24, "t": 100 if controls else 48, "b": 56}
    layout = {**titled(plot, plot.title), "margin": margin, **controls}
    drawn = [{**trace, "visible": on} for trace, on in zip(named_once(data), visible, strict=True)]
    return plotly.Figure(data=drawn, layout=layout, frames=plot.spec.get("frames", []))


def _controls(plot: Plot) -> dict[str, Any]:
    """Plotly's controls for a plot: a slider over frames, a list of choices, or none."""
    if plot.spec.get("frames"):
        return _player([each["name"] for each in plot.spec["frames"]])
    if not plot.choices:
        return {}
    buttons = [
        {"label": safe(each.label), "method": "restyle", "args": [{"visible": shown(plot, each)}]}
        for each in plot.choices
    ]
    return {"updatemenus": [{"buttons": buttons, **ABOVE}]}


def _player(names: Sequence[str]) -> dict[str, Any]:
    """A button and a slider over an animation's frames."""
    still = {"frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}}
    steps = [{"label": each, "method": "animate", "args": [[each], {"mode": "immediate", **still}]} for each in names]
    running = {**still, "frame": {"duration": 80, "redraw": False}, "fromcurrent": True}
    play = {"label": "Play", "method": "animate", "args": [None, running]}
    slider = {"steps": steps, "currentvalue": {"prefix": "epoch "}, "y": -0.1}
    return {"sliders": [slider], "updatemenus": [{"type": "buttons", "buttons": [play], **ABOVE}]}
