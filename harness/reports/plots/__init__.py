"""The kinds of plots, which turn a run into Plotly specifications as plain data: one module per kind.

Each module defines one `PlotKind` of its own name; a new kind is one new file. Nothing here needs Plotly: a page gives
the specifications to Plotly's script, `harness.reports.notebook` to its Python package.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from harness.catalog import module_names, namesake
from harness.history import Annotation
from harness.reports.plotting.plot import PlotKind, Section
from harness.reports.plotting.view import RunView
from harness.results import Run

__all__ = ["plot_kinds", "sections"]


@cache
def plot_kinds() -> tuple[PlotKind, ...]:
    """All kinds of plots, in the order of the page."""
    found = (namesake(f"{__name__}.{name}", PlotKind) for name in module_names(__name__))
    return tuple(sorted(found, key=lambda kind: kind.place))


def sections(run: Run, runs: Sequence[Run | Path] = (), known: Sequence[Annotation] = ()) -> tuple[Section, ...]:
    """Draw all sections of a run, in the order of the page; one without plots gives the reason.

    The history shows `runs`, with the ``known`` causes of steps. From paths it reads only what it needs.
    """
    view = RunView(run, tuple(each if isinstance(each, Path) else each.path for each in runs), tuple(known))
    return tuple(kind.section(view) for kind in plot_kinds())
