"""How figures look: one colour a backend everywhere, a shape and a dash beside it, and axes in readable units."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.catalog import backend_names
from harness.reports.units import bytes_text, seconds_text

__all__ = [
    "DASHES",
    "PALETTE",
    "SYMBOLS",
    "Look",
    "bytes_axis",
    "layout",
    "linear_axis",
    "log_axis",
    "looks",
    "rounded",
    "safe",
    "seconds_axis",
    "symbol",
    "ticks",
]

PALETTE = (
    "#1080f0", "#c87020", "#08c0a0", "#c00810", "#7838a8", "#e8a020", "#1020f8", "#9078a8", "#981060", "#b0a0f0",
)  # fmt: skip
"""Every two are 0.1 or more apart in Oklab, for full colour vision and for a simulated lack of each kind of cone
(Machado, Oliveira & Fernandes, IEEE TVCG 15, 2009); a test holds that."""

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "pentagon", "hexagon", "star")
"""Shapes that Plotly also has hollow and with a dot."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
NEUTRAL = "#808890"
"""Of lines that are no backend's; readable on white and on black."""

NARROW, WIDE = 0.7, 2.5
"""Decades below which an axis is marked evenly, and from which at powers of ten alone."""

LONGEST = 60
"""Characters of a name in a plot."""


@dataclass(frozen=True)
class Look:
    """How a row is drawn.

    Attributes
    ----------
    label : str
        The backend with its options, and device, dtype or environment where these tell rows apart; as it is.
    colour, symbol, dash : str
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
        return {
            "color": self.colour,
            "symbol": self.symbol,
            "size": 9,
            "line": {"width": 1.5, "color": self.colour},
            **more,
        }

    def line(self, **more: Any) -> dict[str, Any]:
        """The line of a trace."""
        return {"color": self.colour, "dash": self.dash, "width": 2, **more}


def looks(plans: Iterable[Mapping[str, Any]]) -> dict[str, Look]:
    """How each case is drawn, by its id.

    The colour is the backend's, by its place among all that are known, so that it is the same in every report; shape
    and dash also tell its options, device and dtype apart.
    """
    plans = list(plans)
    names = _names(plans)
    known = {name: i for i, name in enumerate(dict.fromkeys([*backend_names(), *(p["backend"] for p in plans)]))}
    variants: dict[str, dict[str, int]] = {}
    found = {}
    for plan in plans:
        name, place = names[plan["case"]], known[plan["backend"]]
        variant = variants.setdefault(plan["backend"], {})
        turn = place + variant.setdefault(name, len(variant))
        colour = PALETTE[place % len(PALETTE)]
        found[plan["case"]] = Look(name, colour, SYMBOLS[turn % len(SYMBOLS)], DASHES[turn % len(DASHES)])
    return found


def _names(plans: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    where = ("device", "dtype", "environment")
    seen: dict[str, dict[str, set[str]]] = {}
    for plan in plans:
        for key in where:
            seen.setdefault(plan["backend_label"], {}).setdefault(key, set()).add(plan[key])
    return {
        plan["case"]: " ".join(
            [plan["backend_label"], *(plan[key] for key in where if len(seen[plan["backend_label"]][key]) > 1)]
        )
        for plan in plans
    }


def symbol(look: Look, record: Mapping[str, Any]) -> str:
    """The row's shape: hollow unless it is ok, with a dot where there is but one sample."""
    hollow = "" if record["status"] == "ok" else "-open"
    single = "-dot" if record["seconds"] and record["seconds"]["samples"] == 1 else ""
    return f"{look.symbol}{hollow}{single}"


def safe(text: str, longest: int = LONGEST) -> str:
    """Text for Plotly, which would take ``<b>`` for bold and ``<a>`` for a link; cut where it is too long."""
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def rounded(values: Iterable[float | None], digits: int = 5) -> list[float | None]:
    """Numbers to as many significant digits as a pixel needs, so that a page stays small."""
    return [None if each is None else float(f"{each:.{digits}g}") for each in values]


def log_axis(title: str, **more: Any) -> dict[str, Any]:
    """A logarithmic axis in powers of ten."""
    return {"title": {"text": title}, "type": "log", "exponentformat": "power", "dtick": 1, **more}


def ticks(low: float, high: float) -> list[float]:
    """Where a logarithmic axis is marked: at powers of ten, at 1, 2 and 5 times them, or evenly, as the range asks.

    Plotly's own choice leaves an axis without a mark where the range holds no power of ten.

    Parameters
    ----------
    low, high : float
        What is drawn; positive.
    """
    decades = math.log10(high / low)
    if decades < NARROW:
        step = _step(max(high - low, 1e-2 * high) / 4)
        first, last = math.floor(low / step), math.ceil(high / step)
        return [i * step for i in range(max(first, 1), last + 1)]
    multiples = (1, 2, 5) if decades < WIDE else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = [multiple * 10.0**power for power in powers for multiple in multiples]
    return [each for each in every if low / 10 < each < high * 10]


def _step(least: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is no less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(multiple * power for multiple in (1, 2, 5, 10) if multiple * power >= least * (1 - 1e-9))


def seconds_axis(values: Iterable[float], title: str = "median time", **more: Any) -> dict[str, Any]:
    """A logarithmic axis for these times, marked ``10 µs``, ``1 ms``; without any, marked as Plotly sees fit."""
    return {"title": {"text": title}, "type": "log", **_marks(values, 1.0, seconds_text), **more}


def bytes_axis(values: Iterable[float], title: str, **more: Any) -> dict[str, Any]:
    """A logarithmic axis for these sizes, marked ``100 MiB``; as `seconds_axis`."""
    return {"title": {"text": title}, "type": "log", **_marks(values, 2.0**20, bytes_text), **more}


def _marks(values: Iterable[float], unit: float, text: Callable[[float], str]) -> dict[str, Any]:
    positive = [each for each in values if each > 0]
    if not positive:
        return {"tickformat": "~s", "nticks": 4}
    places = [unit * each for each in ticks(min(positive) / unit, max(positive) / unit)]
    return {"tickvals": rounded(places), "ticktext": [_short(text(each)) for each in places]}


def _short(text: str) -> str:
    """``10 µs`` for ``10.0 µs``: a mark is a round number."""
    number, _, unit = text.partition(" ")
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} {unit}"


def linear_axis(title: str, **more: Any) -> dict[str, Any]:
    """A linear axis."""
    return {"title": {"text": title}, "zeroline": False, **more}


def layout(x: Mapping[str, Any], y: Mapping[str, Any], *, height: int = 400, **more: Any) -> dict[str, Any]:
    """A figure's layout; colours of text and grid are the page's to set."""
    return {
        "height": height,
        "margin": {"l": 64, "r": 16, "t": 16, "b": 56},
        "hovermode": "closest",
        "xaxis": {"automargin": True, **x},
        "yaxis": {"automargin": True, **y},
        **more,
    }
