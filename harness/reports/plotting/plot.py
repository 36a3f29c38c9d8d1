"""What a plot is: a Plotly specification as plain data, the words that go with it, and the kind that it is of."""

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
    """Traces that are shown together when a reader picks this from a list."""

    label: str
    traces: tuple[int, ...]


@dataclass(frozen=True)
class Plot:
    """One plot."""

    title: str
    summary: str
    """``title`` and ``summary``: what the plot says, for those who cannot see it; plain text, as the notes are."""
    spec: Spec = field(default_factory=dict)
    """``data``, ``layout`` and perhaps ``frames``, as Plotly takes them. Texts in it are already made safe."""
    notes: tuple[str, ...] = ()
    """What is not drawn and why, and what was thinned."""
    why_empty: str = ""
    """Why there is nothing to draw; empty when there is."""
    choices: tuple[Choice, ...] = ()
    """What a reader can pick where all traces at once would be too many."""
    folded: bool = False
    """Whether a reader opens it on demand, because it shows the same cases a second time."""
    table: Table | None = None
    """Its numbers, where a reader may want them."""

    @property
    def height(self) -> int:
        """Pixels of its layout."""
        return int(self.spec.get("layout", {}).get("height", 400))

    @property
    def wide(self) -> bool:
        """Whether it keeps its width on a narrow screen: a heat map's names leave it no room otherwise."""
        return any(trace.get("type") == "heatmap" for trace in self.spec.get("data", ()))


@dataclass(frozen=True)
class Section:
    """The plots of one kind, how to read them, or why there is none; images' names begin with the id."""

    id: str
    title: str
    about: str
    plots: tuple[Plot, ...]
    why_empty: str = ""
    over_all: bool = False
    """Whether its plots are over all datasets; else the title of each begins with its dataset's."""

    def named(self) -> list[tuple[str, Plot]]:
        """Each plot with a name from its title: lower-case letters, digits and hyphens, no two the same."""
        found: dict[str, Plot] = {}
        for plot in self.plots:
            name, number = f"{self.id}-{slug(plot.title)}".rstrip("-"), 1
            while (unique := name if number == 1 else f"{name}-{number}") in found:
                number += 1
            found[unique] = plot
        return list(found.items())


@dataclass(frozen=True, eq=False)
class PlotKind:
    """One kind of plot, which draws a section of the page; the section of the smallest place stands first."""

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
    """Make a function that draws a run a `PlotKind`; the function's name is the kind's id."""

    def made(draw: Callable[[RunView], Iterable[Plot]]) -> PlotKind:
        return PlotKind(draw.__name__, title, about, why_empty, place, draw, over_all)

    return made


def empty(title: str, why: str, notes: Sequence[str] = (), *, folded: bool = False) -> Plot:
    """A plot that has nothing to draw and says why."""
    return Plot(title, why, why_empty=why, notes=tuple(notes), folded=folded)


def picked(
    groups: Iterable[tuple[str, Sequence[Spec]]], always: Sequence[Spec] = ()
) -> tuple[list[Spec], list[Choice]]:
    """The traces of all groups behind those that are always drawn, and a choice of each group by its label."""
    data, choices = list(always), []
    for label, traces in groups:
        choices.append(Choice(label, (*range(len(data), len(data) + len(traces)), *range(len(always)))))
        data += traces
    return data, choices


def shown(plot: Plot, choice: Choice) -> list[bool]:
    """Whether each trace is drawn with this choice: its own are, and those that belong to none."""
    any_choice = {i for each in plot.choices for i in each.traces}
    return [i in choice.traces or i not in any_choice for i in range(len(plot.spec["data"]))]


def named_once(data: Sequence[Spec]) -> Iterator[Spec]:
    """Traces of which only the first of each legend group is named: a row's line and its marks are one entry."""
    seen: set[str] = set()
    for trace in data:
        group = trace.get("legendgroup")
        yield {**trace, "showlegend": False} if group in seen else trace
        seen |= {group} if group else set()


def slug(text: str) -> str:
    """Text as part of a file's name: nothing but lower-case letters, digits and hyphens, at most 80."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:80].rstrip("-")
