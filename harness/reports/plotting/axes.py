"""Axes with titles, units, and ticks for any range."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from harness.reports.plotting.style import rounded
from harness.units import bytes_text, rate_text, seconds_text

NARROW, WIDE = 0.7, 2.2
"""Decades below which ticks are even, and from which they are only powers of ten."""

HIGHEST = 17.6
"""The top of an axis of digits."""


def log_axis(title: str, **more: Any) -> dict[str, Any]:
    """A logarithmic axis in powers of ten."""
    return {"title": {"text": title}, "type": "log", "exponentformat": "power", "dtick": 1, **more}


def ticks(low: float, high: float) -> list[float]:
    """Ticks of a logarithmic axis: powers of ten, 1, 2 and 5 times them, or even ones, by the range.

    Both ends are positive. Plotly's own choice has no tick if the range holds no power of ten.
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
    """The smallest of 1, 2, 5 times a power of ten that is at least this."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(multiple * power for multiple in (1, 2, 5, 10) if multiple * power >= least * (1 - 1e-9))


def seconds_axis(values: Iterable[float], title: str = "median time", **more: Any) -> dict[str, Any]:
    """A logarithmic axis for these times, with ticks such as ``10 µs``; without times, Plotly chooses them."""
    return {"title": {"text": title}, "type": "log", **_marks(values, 1.0, seconds_text, "s"), **more}


def bytes_axis(values: Iterable[float], title: str, **more: Any) -> dict[str, Any]:
    """A logarithmic axis for these sizes, with ticks such as ``100 MiB``."""
    return {"title": {"text": title}, "type": "log", **_marks(values, 2.0**20, bytes_text, "B"), **more}


def rate_axis(values: Iterable[float], title: str) -> dict[str, Any]:
    """A logarithmic axis for these operations per second, with ticks such as ``10 GFLOP/s``."""
    marks = _marks(values, 1.0, lambda each: rate_text(each, "FLOP/s"), "FLOP/s")
    return {"title": {"text": title}, "type": "log", **marks}


def number_axis(values: Iterable[float], title: str) -> dict[str, Any]:
    """A logarithmic axis for these numbers without a unit."""
    return {"title": {"text": title}, "type": "log", **_marks(values, 1.0, lambda each: f"{each:g}", "")}


def count_axis(values: Iterable[float], title: str) -> dict[str, Any]:
    """A logarithmic axis for these counts, with ticks such as ``1,000``."""
    positive = [each for each in values if each > 0]
    places = [each for each in ticks(min(positive), max(positive)) if each >= 1 and each.is_integer()]
    texts = [f"{each:,.0f}" for each in places]
    return {"title": {"text": title}, "type": "log", "tickvals": places, "ticktext": texts}


def _marks(values: Iterable[float], unit: float, text: Callable[[float], str], symbol: str) -> dict[str, Any]:
    positive = [each for each in values if each > 0]
    if not positive:
        return {"tickformat": "~s", "ticksuffix": symbol, "nticks": 4}
    places = [unit * each for each in ticks(min(positive) / unit, max(positive) / unit)]
    return {"tickvals": rounded(places), "ticktext": [_short(text(each)) for each in places]}


def _short(text: str) -> str:
    """``10 µs`` for ``10.0 µs``."""
    number, _, unit = text.partition(" ")
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} {unit}".rstrip()


def linear_axis(title: str, **more: Any) -> dict[str, Any]:
    """A linear axis."""
    return {"title": {"text": title}, "zeroline": False, **more}


def digits_axis(lowest: float) -> dict[str, Any]:
    """An axis of correct digits, from `lowest`, which is below 0."""
    return linear_axis("correct digits", tickvals=[0, 4, 8, 12, 16], range=[lowest, HIGHEST])


def layout(x: Mapping[str, Any], y: Mapping[str, Any], *, height: int = 400, **more: Any) -> dict[str, Any]:
    """A plot's layout; the page sets the colours of text and grid."""
    axes = {"xaxis": {"automargin": True, **x}, "yaxis": {"automargin": True, **y}}
    return {"height": height, "margin": {"l": 64, "r": 16, "t": 16, "b": 56}, "hovermode": "closest", **axes, **more}
