"""Plots as records: a Plotly specification as plain data with its texts, sections of plots, and kinds of plots."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.reports.plotting.view import RunView
    from harness.reports.sheet import Table

Spec = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """Traces that are shown together when the reader selects this."""

    label: str
    traces: tuple[int, ...]


@dataclass(frozen=True)
class Plot:
    """One plot."""

    title: str
    summary: str
    """The plot in words, for those who cannot see it. Plain text, as title and notes are."""
    spec: Spec = field(default_factory=dict)
    """Plotly's ``data``, ``layout`` and perhaps ``frames``. Its texts are escaped."""
    notes: tuple[str, ...] = ()
    """What is not drawn and why, and what was thinned."""
    why_empty: str = ""
    """Why there is nothing to draw; empty if there is something."""
    choices: tuple[Choice, ...] = ()
    """Choices for the reader, if all traces at once would be too many."""
    folded: bool = False
    """Whether it is closed at first, because it shows the same cases a second time."""
    table: Table | None = None
    """Its numbers as a table, if useful."""

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.spec.get("layout", {}).get("height", 400))

    @property
    def wide(self) -> bool:
        """Whether it keeps its width on a narrow screen, as heat maps do because of their long names."""
        return any(trace.get("type") == "heatmap" for trace in self.spec.get("data", ()))


@dataclass(frozen=True)
class Section:
    """The plots of one kind and how to read them, or why there are none; names of images begin with the id."""

    id: str
    title: str
    about: str
    plots: tuple[Plot, ...]
    why_empty: str = ""
    over_all: bool = False
    """Whether its plots cover all datasets; else the title of each begins with its dataset's."""

    def named(self) -> list[tuple[str, Plot]]:
        """Each plot with a unique name made from its title: lower-case letters, digits and hyphens."""
        found: dict[str, Plot] = {}
        for plot in self.plots:
            name, number = f"{self.id}-{slug(plot.title)}".rstrip("-"), 1
            while (unique := name if number == 1 else f"{name}-{number}") in found:
                number += 1
            found[unique] = plot
        return list(found.items())


@dataclass(frozen=True, eq=False)
class PlotKind:
    """One kind of plot, which draws a section of the page. Sections are in the order of `place`."""

    id: str
    title: str
    about: str
    why_empty: str
    place: float
    draw: Callable[[RunView], Iterable[Plot]]
    over_all: bool = False

    def section(self, view: RunView) -> Section:
        """The kind's section of the page."""
        plots = tuple(self.draw(view))
        return Section(self.id, self.title, self.about, plots, "" if plots else self.why_empty, self.over_all)


def plot_kind(
    *, title: str, about: str, place: float, why_empty: str = "No row was measured.", over_all: bool = False
) -> Callable[[Callable[[RunView], Iterable[Plot]]], PlotKind]:
    """Turn a function that draws a run into a `PlotKind`; its name becomes the kind's id."""

    def made(draw: Callable[[RunView], Iterable[Plot]]) -> PlotKind:
        return PlotKind(draw.__name__, title, about, why_empty, place, draw, over_all)

    return made


def empty(title: str, why: str, notes: Sequence[str] = (), *, folded: bool = False) -> Plot:
    """An empty plot, with the reason."""
    return Plot(title, why, why_empty=why, notes=tuple(notes), folded=folded)


def picked(
    groups: Iterable[tuple[str, Sequence[Spec]]], always: Sequence[Spec] = ()
) -> tuple[list[Spec], list[Choice]]:
    """The traces that are always drawn, then those of all groups, and a choice for each group."""
    data, choices = list(always), []
    for label, traces in groups:
        choices.append(Choice(label, (*range(len(data), len(data) + len(traces)), *range(len(always)))))
        data += traces
    return data, choices


def shown(plot: Plot, choice: Choice) -> list[bool]:
    """Whether each trace is drawn with this choice: those of the choice, and those of no choice."""
    any_choice = {i for each in plot.choices for i in each.traces}
    return [i in choice.traces or i not in any_choice for i in range(len(plot.spec["data"]))]


def named_once(data: Sequence[Spec]) -> Iterator[Spec]:
    """Traces with one entry per legend group, so that a row's line and marks share it."""
    seen: set[str] = set()
    for trace in data:
        group = trace.get("legendgroup")
        yield {**trace, "showlegend": False} if group in seen else trace
        seen |= {group} if group else set()


def slug(text: str) -> str:
    """Text for a file's name: at most 80 lower-case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:80].rstrip("-")
