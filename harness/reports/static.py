"""Every plot as PNG and SVG, drawn by Kaleido in the system's Chromium."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any

from harness.errors import LinbenchError
from harness.records import json_text
from harness.reports.plotting.plot import Plot, Section, named_once, shown, slug
from harness.reports.plotting.plotly import plotly_script, titled

FORMATS = {"svg": 1.0, "png": 2.0}
"""Pixels of an image per pixel of its layout."""

WIDTH = 900
"""Pixels of a layout."""

TITLE = 44
"""Pixels above the plot for its title."""

ENTRY, GLYPH, CHARACTER = 22, 50, 7.2
"""Pixels of a legend's entry: its height, the width of its sign and of a character."""

TABS = 2
"""Tabs of the browser that draw at the same time."""


@dataclass(frozen=True)
class Image:
    """A plot on its own, with title, legend and white background; its files have this name."""

    name: str
    spec: dict[str, Any]


def images(sections: Sequence[Section]) -> Iterator[Image]:
    """An image of every plot that is not empty; one per choice if it has choices."""
    for section in sections:
        for name, plot in section.named():
            if not plot.why_empty:
                yield from _images(section, name, plot)


def _images(section: Section, name: str, plot: Plot) -> Iterator[Image]:
    title = f"{section.title}: {plot.title}"
    if not plot.choices:
        yield Image(name, _still(plot, list(plot.spec["data"]), title))
    for number, choice in enumerate(plot.choices, 1):
        image_name = f"{name}-{number:02}-{slug(choice.label)}".rstrip("-")
        traces = list(compress(plot.spec["data"], shown(plot, choice)))
        yield Image(image_name, _still(plot, traces, f"{title}, {choice.label}"))


def _still(plot: Plot, data: list[dict[str, Any]], title: str) -> dict[str, Any]:
    for frame in plot.spec.get("frames", ())[-1:]:  # an animation is drawn as it ends
        for i, changed in zip(frame["traces"], frame["data"], strict=True):
            data[i] = {**data[i], **changed}
    data = list(named_once(data))
    margin = plot.spec["layout"].get("margin", {})
    looks = {
        **titled(plot, title),
        "width": WIDTH,
        "height": plot.height + TITLE + ENTRY * _legend_rows(data),
        "margin": {**margin, "t": margin.get("t", 16) + TITLE, "r": max(24, margin.get("r", 0))},
        "legend": {"orientation": "h", "x": 0, "yref": "container", "y": 0, "yanchor": "bottom"},
    }
    looks["title"] |= {"x": 0.01, "xanchor": "left", "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 14}}
    return {"data": data, "layout": looks}


def _legend_rows(data: Sequence[dict[str, Any]]) -> int:
    names = {trace.get("name", "") for trace in data if trace.get("showlegend", True)}
    if len(names) < 2:
        return 0
    across = max(1, int(WIDTH * 0.9 // (GLYPH + CHARACTER * max(map(len, names)))))
    return math.ceil(len(names) / across)


def write(sections: Sequence[Section], folder: Path) -> list[Path]:
    """Draw all plots into a folder, which is created if needed.

    Raises
    ------
    LinbenchError
        When Kaleido or Chromium is missing, or an image could not be drawn.
    """
    try:
        import kaleido
        from kaleido.errors import BrowserFailedError, ChromeNotFoundError
    except ImportError as error:
        raise LinbenchError("--static needs Kaleido; install linbench[report,static]") from error
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [
        {"fig": json.loads(json_text(image.spec)), "path": path, "opts": {"format": ending, "scale": scale}}
        for image in images(sections)
        for ending, scale in FORMATS.items()
        for path in [folder / f"{image.name}.{ending}"]
    ]
    options = {"n": TABS, "plotlyjs": plotly_script(), "mathjax": False}
    try:
        errors = kaleido.write_fig_from_object_sync(wanted, kopts=options)
    except ChromeNotFoundError as error:
        raise LinbenchError(
            "--static draws in Chromium, and none was found; install it (Debian: apt-get install chromium), or name "
            "one in BROWSER_PATH"
        ) from error
    except BrowserFailedError as error:
        raise LinbenchError(f"--static draws in Chromium, which did not start: {_first_line(error)}") from error
    if errors:
        raise LinbenchError(f"--static: {len(errors)} of {len(wanted)} images failed: {_first_line(errors[0])}")
    return [each["path"] for each in wanted]


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "") or repr(error)
