"""How plots look: one colour per backend everywhere, and a shape and a dash beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from harness.catalog import backend_names
from harness.config import CaseKey
from harness.reports.naming import case_names
from harness.results import Row

PALETTE = (
    "#0a86ff", "#c47d0e", "#2bc5a1", "#ec2078", "#c1079c", "#e3a446", "#066cc8", "#a584bf", "#806507", "#afa4fb",
)  # fmt: skip
"""Every two are 0.1 or more apart in Oklab, for full colour vision and for a simulated lack of each kind of cone
(Machado, Oliveira & Fernandes, IEEE TVCG 15, 2009), and all can be seen on white and on the dark page; tests hold
both."""

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "pentagon", "hexagon", "star")
"""Shapes that Plotly also has hollow and with a dot."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
NEUTRAL = "#808890"
"""Of lines that are no backend's; readable on white and on black."""

THIN = {"color": NEUTRAL, "dash": "dot", "width": 1}
"""A line that guides the eye."""

LONGEST = 60
"""Characters of a name in a plot."""


@dataclass(frozen=True)
class Look:
    """How a row is drawn.

    Its label is the backend with its options, and device, dtype or environment where these tell rows apart.
    """

    label: str
    colour: str
    symbol: str
    dash: str

    @property
    def name(self) -> str:
        """The label as Plotly may have it: safe, and not too long for a legend."""
        return safe(self.label)

    def marker(self, **more: Any) -> dict[str, Any]:
        """The marker of a trace."""
        line = {"width": 1.5, "color": self.colour}
        return {"color": self.colour, "symbol": self.symbol, "size": 9, "line": line, **more}

    def line(self, **more: Any) -> dict[str, Any]:
        """The line of a trace."""
        return {"color": self.colour, "dash": self.dash, "width": 2, **more}


def looks(cases: Iterable[CaseKey]) -> dict[str, Look]:
    """How each case is drawn, by its id.

    The colour is the backend's, by its place among all that are known, so that it is the same in every report; shape
    and dash also tell its options, device and dtype apart.
    """
    cases = list(cases)
    names = case_names(cases)
    known = {name: i for i, name in enumerate(dict.fromkeys([*backend_names(), *(each.backend for each in cases)]))}
    variants: dict[str, dict[str, int]] = {}
    found = {}
    for case in cases:
        name, place = names[case.id], known[case.backend]
        variant = variants.setdefault(case.backend, {})
        turn = place + variant.setdefault(name, len(variant))
        colour = PALETTE[place % len(PALETTE)]
        found[case.id] = Look(name, colour, SYMBOLS[turn % len(SYMBOLS)], DASHES[turn % len(DASHES)])
    return found


def scatter(
    mode: str, name: str, x: Iterable[Any], y: Iterable[Any], hover: str = "", source: str = "", /, **more: Any
) -> dict[str, Any]:
    """A trace of points or lines, with a template to hover by and the word beside its box; without, it is silent."""
    says = {"hovertemplate": f"{hover}<extra>{source}</extra>"} if hover else {"hoverinfo": "skip"}
    return {"type": "scatter", "mode": mode, "name": name, "x": list(x), "y": list(y), **says, **more}


def symbol(look: Look, row: Row) -> str:
    """The row's shape: hollow unless it is ok, with a dot where there is but one sample."""
    hollow = "" if row.status == "ok" else "-open"
    single = "-dot" if row.timing and row.timing.samples == 1 else ""
    return f"{look.symbol}{hollow}{single}"


def safe(text: str, longest: int = LONGEST) -> str:
    """Text for Plotly, which would take ``<b>`` for bold and ``<a>`` for a link; cut where it is too long."""
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def rounded(values: Iterable[float | None], digits: int = 5) -> list[float | None]:
    """Numbers to as many significant digits as a pixel needs, so that a page stays small."""
    return [None if each is None else float(f"{each:.{digits}g}") for each in values]
