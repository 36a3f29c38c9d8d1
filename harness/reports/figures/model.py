"""What a figure is: a Plotly specification as plain data, and the words that go with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Choice", "Figure", "Section", "empty", "named_once", "shown", "slug"]

Spec = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """Traces that are shown together when a reader picks this from a list."""

    label: str
    traces: tuple[int, ...]


@dataclass(frozen=True)
class Figure:
    """One plot.

    Attributes
    ----------
    title : str
        Plain text.
    summary : str
        What the plot says, for those who cannot see it; plain text.
    spec : dict
        ``data``, ``layout`` and perhaps ``frames``, as Plotly takes them. Texts in it are already made safe.
    notes : tuple of str
        What is not drawn and why, what was thinned, what was replayed; plain text.
    why_empty : str
        Why there is nothing to draw; empty when there is.
    choices : tuple of Choice
        What a reader can pick where all traces at once would be too many.
    folded : bool
        Whether it stands behind a heading that is opened on demand, being a second look at the same cells.
    """

    title: str
    summary: str
    spec: Spec = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    why_empty: str = ""
    choices: tuple[Choice, ...] = ()
    folded: bool = False


@dataclass(frozen=True)
class Section:
    """The figures of one kind.

    Attributes
    ----------
    id : str
        Its anchor, and the beginning of its images' names.
    title, about : str
        Heading, and how to read the plots.
    figures : tuple of Figure
    why_empty : str
        Why there is none.
    """

    id: str
    title: str
    about: str
    figures: tuple[Figure, ...]
    why_empty: str = ""

    def names(self) -> list[str]:
        """A name for each figure, from its title: lower-case letters, digits and hyphens, no two the same."""
        found: dict[str, int] = {}
        names: list[str] = []
        for figure in self.figures:
            name = f"{self.id}-{slug(figure.title)}".rstrip("-")
            found[name] = found.get(name, 0) + 1
            names.append(name if found[name] == 1 else f"{name}-{found[name]}")
        return names


def empty(title: str, why: str, notes: Sequence[str] = ()) -> Figure:
    """A figure that has nothing to draw and says why."""
    return Figure(title, why, why_empty=why, notes=tuple(notes))


def shown(figure: Figure, choice: Choice) -> list[bool]:
    """Whether each trace is drawn with this choice: its own are, and those that belong to none."""
    any_choice = {i for each in figure.choices for i in each.traces}
    return [i in choice.traces or i not in any_choice for i in range(len(figure.spec["data"]))]


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
