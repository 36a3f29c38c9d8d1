"""Plotly's script, and its templates for light and dark pages."""

import importlib.util
from pathlib import Path
from typing import Any

from harness.errors import LinbenchError
from harness.reports.plotting.plot import Plot
from harness.reports.plotting.style import safe

PLOTLY = "plotly.min.js"
FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"


def _template(ink: str, paper: str, rule: str) -> dict[str, Any]:
    rules = dict.fromkeys(("gridcolor", "linecolor", "zerolinecolor", "tickcolor"), rule)
    axis = {**rules, "showline": True, "ticks": "outside", "ticklen": 4}
    layout = {
        **dict.fromkeys(("paper_bgcolor", "plot_bgcolor"), paper),
        **dict.fromkeys(("xaxis", "yaxis"), axis),
        "font": {"family": FONT, "size": 13, "color": ink},
        "hoverlabel": {"align": "left", "bgcolor": paper, "bordercolor": rule, "font": {"color": ink}},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": ink, "activecolor": ink},
    }
    return {"data": {"scatter": [{"marker": {"line": {"color": paper}}}]}, "layout": layout}


THEMES = {
    "light": _template("#1b1f24", "#ffffff", "#d0d7de"),
    "dark": _template("#e6edf3", "#0d1117", "#30363d"),
}
"""By ``prefers-color-scheme``, in the colours of ``report.css``; traces have their own."""


def titled(plot: Plot, title: str) -> dict[str, Any]:
    """The layout of a plot on its own: with a title, on white."""
    return {
        **plot.spec["layout"],
        "template": THEMES["light"],
        "title": {"text": safe(title, 110), "font": {"size": 15}},
    }


def plotly_script() -> Path:
    """Plotly's script from its package, found without importing it.

    Raises
    ------
    LinbenchError
        When it is not installed.
    """
    spec = importlib.util.find_spec("plotly")
    path = Path(spec.origin).parent / "package_data" / PLOTLY if spec and spec.origin else None
    if path is None or not path.is_file():
        raise LinbenchError("the report needs Plotly; install linbench[report]")
    return path
