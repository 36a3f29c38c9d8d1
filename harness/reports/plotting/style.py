"""The looks of plots: one colour per backend everywhere, with a shape and a dash."""

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
"""Any two are at least 0.1 apart in Oklab, for full colour vision and for a simulated lack of each kind of cone
(Machado, Oliveira & Fernandes, IEEE TVCG 15, 2009). All are visible on white and on the dark page. Tests check both."""

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "pentagon", "hexagon", "star")
"""Shapes that Plotly also has hollow and with a dot."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
NEUTRAL = "#808890"
"""The colour of lines that belong to no backend; readable on white and on black."""

THIN = {"color": NEUTRAL, "dash": "dot", "width": 1}
"""A line that guides the eye."""

LONGEST = 60
"""Characters of a name in a plot."""


@dataclass(frozen=True)
class Look:
    """How a row is drawn.

    Its label is the backend with its options, and device, dtype or environment where these differ.
    """

    label: str
    colour: str
    symbol: str
    dash: str

    @property
    def name(self) -> str:
        """The label for Plotly: escaped, and short enough for a legend."""
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

    The colour depends on the backend's position among all known ones, so it is the same in every report. Shape and dash
    also distinguish options, device and dtype.
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
    """A trace of points or lines, with a template for its hover box and the word beside it; without, it has none."""
    says = {"hovertemplate": f"{hover}<extra>{source}</extra>"} if hover else {"hoverinfo": "skip"}
    return {"type": "scatter", "mode": mode, "name": name, "x": list(x), "y": list(y), **says, **more}


def symbol(look: Look, row: Row) -> str:
    """The row's shape: hollow unless its status is ok, with a dot if it has only one sample."""
    hollow = "" if row.status == "ok" else "-open"
    single = "-dot" if row.timing and row.timing.samples == 1 else ""
    return f"{look.symbol}{hollow}{single}"


def safe(text: str, longest: int = LONGEST) -> str:
    """Text escaped for Plotly, which reads ``<b>`` and ``<a>`` as markup; cut if it is too long."""
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def rounded(values: Iterable[float | None], digits: int = 5) -> list[float | None]:
    """Numbers rounded to the digits that a pixel needs, to keep pages small."""
    return [None if each is None else float(f"{each:.{digits}g}") for each in values]
