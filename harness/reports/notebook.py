"""Runs in notebooks: a run as a table, as pandas frames and as Plotly plots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import LinbenchError
from harness.reports.plotting.plotly import THEMES
from harness.reports.plots import SECONDS, sections
from harness.reports.plotting.plot import Plot, named_once, shown
from harness.reports.plotting.style import safe
from harness.reports.table import Group, columns_of, groups
from harness.results import Row, Store
from harness.results import Run as StoredRun

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["Run", "load_run"]

LONGEST_TITLE = 110
"""Characters of a title."""

SAMPLE_COLUMNS = [
    "case", "dataset", "backend", "device", "dtype", "environment",
    "round", "order", "seconds", "cpu_seconds", "control", "repeats",
]  # fmt: skip
SECONDS_KEYS = ("median", "low", "high", "interval", "samples", "rounds", "noisy", "first_call", "prepare")


class Run(StoredRun):
    """A run that shows itself: `harness.results.Run`, with frames and plots."""

    def frame(self) -> pd.DataFrame:
        """A row a case.

        Returns
        -------
        pandas.DataFrame
            The columns of a row as ``linbench show --format json`` has them (``results/README.md``), what stands under
            ``seconds`` there as ``seconds_median``, ``seconds_low`` and so on; in seconds and bytes.
        """
        import pandas as pd

        return pd.DataFrame([_flat(row) for row in self.rows])

    def samples(self) -> pd.DataFrame:
        """A row a sample, in the order in which they were taken within each case and round.

        Returns
        -------
        pandas.DataFrame
            ``case``, ``dataset``, ``backend``, ``device``, ``dtype``, ``environment``, ``round`` (from 0), ``order``
            (its place among all samples of the round, from 0), ``seconds`` and ``cpu_seconds`` (a call), ``control``
            (seconds of the control kernel right after; NaN where it was not measured) and ``repeats`` (calls a sample).
        """
        import pandas as pd

        found = [sample for row in self.rows for sample in _samples(row)]
        return pd.DataFrame(found, columns=SAMPLE_COLUMNS)

    def plots(self, runs: Sequence[StoredRun | Path] = (), *, seconds: float = SECONDS) -> dict[str, go.Plot]:
        """The report's plots, by name.

        Parameters
        ----------
        runs : sequence of Run or Path
            What the history is to show besides this run.
        seconds : float
            For loading data and replaying descents; a descent of a library that is slow to import needs 5 or more.

        Returns
        -------
        dict of str to plotly.graph_objects.Plot
            By ``section-dataset``, as the files of ``linbench report --static`` are named. Empty ones are left out.

        Raises
        ------
        LinbenchError
            When Plotly is not installed.
        """
        plotly = _plotly()
        return {
            name: _styled(plotly, plot)
            for section in sections(self, runs, seconds=seconds)
            for name, plot in zip(section.names(), section.plots, strict=True)
            if not plot.why_empty
        }

    def __repr__(self) -> str:
        """The id and how much there is: the samples themselves would fill the screen."""
        return f"<Run {self.id}: {len(self.rows)} cases, {len(self.measurements)} measurements>"

    def _repr_html_(self) -> str:
        """The table, as a notebook shows it; text from a run file is shown, never run."""
        told = f"<p><b>{escape(self.id)}</b> {escape(str(self.header.get('started', '')))}</p>"
        return told + "".join(_table(group) for group in groups(self))


def load_run(run: str | Path = "latest", *, results: str | Path = "results") -> Run:
    """Read a run for a notebook.

    Parameters
    ----------
    run : str or Path
        A path, an id, the beginning of one, or ``"latest"``.
    results : str or Path
        The folder that runs are kept in.

    Raises
    ------
    NothingToShow
        When there is no such run.
    StoreError
        When it cannot be read.
    """
    found = Store(Path(results)).load(str(run))
    return Run(found.path, found.header, found.measurements, found.finished)


def _flat(row: Row) -> dict[str, Any]:
    record = row.record()
    timed = record.pop("seconds") or dict.fromkeys(SECONDS_KEYS)
    return {**record, **{f"seconds_{key}": timed[key] for key in SECONDS_KEYS}}


def _samples(row: Row) -> Iterator[dict[str, Any]]:
    where = {key: row.plan[key] for key in SAMPLE_COLUMNS[:6]}
    for each in row.measurements:
        for i, seconds in enumerate(each.seconds):
            yield {
                **where,
                "round": each.round,
                "order": each.order[i] if i < len(each.order) else i,
                "seconds": seconds,
                "cpu_seconds": each.cpu_seconds[i] if i < len(each.cpu_seconds) else None,
                "control": each.control[i] if i < len(each.control) else None,
                "repeats": each.repeats,
            }


def _plotly() -> Any:
    try:
        import plotly.graph_objects as go
    except ImportError as error:
        raise LinbenchError(
            f"plots need plotly, which cannot be imported ({error}); install 'linbench[report]'"
        ) from error
    return go


def _styled(plotly: Any, plot: Plot) -> go.Plot:
    """A plot as a page would show it, with Plotly's own means: a title, a legend, a list of choices, a slider."""
    data = plot.spec["data"]
    visible = shown(plot, plot.choices[0]) if plot.choices else [True] * len(data)
    layout = {
        **plot.spec["layout"],
        "template": THEMES["light"],
        "title": {"text": safe(plot.title, LONGEST_TITLE), "font": {"size": 15}},
        "margin": {"l": 64, "r": 24, "t": 100 if _controls(plot) else 48, "b": 56},
        **_controls(plot),
    }
    drawn = [{**trace, "visible": on} for trace, on in zip(named_once(data), visible, strict=True)]
    return plotly.Plot(data=drawn, layout=layout, frames=plot.spec.get("frames", []))


def _controls(plot: Plot) -> dict[str, Any]:
    """What a reader can choose."""
    if plot.spec.get("frames"):
        return _player([each["name"] for each in plot.spec["frames"]])
    if not plot.choices:
        return {}
    buttons = [
        {"label": safe(each.label), "method": "restyle", "args": [{"visible": shown(plot, each)}]}
        for each in plot.choices
    ]
    return {"updatemenus": [{"buttons": buttons, "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"}]}


def _player(names: Sequence[str]) -> dict[str, Any]:
    """A button and a slider over an animation's frames."""
    still = {"frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}}
    steps = [{"label": each, "method": "animate", "args": [[each], {"mode": "immediate", **still}]} for each in names]
    running = {**still, "frame": {"duration": 80, "redraw": False}, "fromcurrent": True}
    play = {"label": "Play", "method": "animate", "args": [None, running]}
    return {
        "sliders": [{"steps": steps, "currentvalue": {"prefix": "epoch "}, "y": -0.1}],
        "updatemenus": [
            {"type": "buttons", "buttons": [play], "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"}
        ],
    }


def _table(group: Group) -> str:
    columns = columns_of(group)
    head = "".join(f"<th>{escape(column.heading)}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(column.text(record))}</td>" for column in columns) + "</tr>"
        for record in group.records
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in group.notes)
    caption = f"<caption>{escape(group.title)}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" + (
        f"<ul>{notes}</ul>" if notes else ""
    )
