"""The plots of a report, from a run to Plotly specifications as plain data: one module per kind.

Each module defines one `PlotKind` under the module's own name; a new kind is one new file here. Nothing here needs
Plotly: a page hands the specifications to its script, `harness.reports.notebook` to its Python.
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
    """Every kind of plot there is, in the order of the page."""
    found = (namesake(f"{__name__}.{name}", PlotKind) for name in module_names(__name__))
    return tuple(sorted(found, key=lambda kind: kind.place))


def sections(run: Run, runs: Sequence[Run | Path] = (), known: Sequence[Annotation] = ()) -> tuple[Section, ...]:
    """Draw a run: all sections in the order of the page; one without a plot says why.

    The history shows all of `runs`, this one among them or not; of a path it reads no more than it needs.
    Its steps have their ``known`` causes.
    """
    view = RunView(run, tuple(each if isinstance(each, Path) else each.path for each in runs), tuple(known))
    return tuple(kind.section(view) for kind in plot_kinds())
