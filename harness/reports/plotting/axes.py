"""Axes that say what they show, in which unit, and are marked whatever their range."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from harness.reports.plotting.style import rounded
from harness.units import bytes_text, rate_text, seconds_text

NARROW, WIDE = 0.7, 2.2
"""Decades below which an axis is marked evenly, and from which at powers of ten alone."""

HIGHEST = 17.6
"""Digits at the top of an axis of them."""


def log_axis(title: str, **more: Any) -> dict[str, Any]:
    """A logarithmic axis in powers of ten."""
    return {"title": {"text": title}, "type": "log", "exponentformat": "power", "dtick": 1, **more}


def ticks(low: float, high: float) -> list[float]:
    """Where a logarithmic axis is marked: at powers of ten, at 1, 2 and 5 times them, or evenly, as the range asks.

    Both ends are positive. Plotly's own choice leaves an axis without a mark where the range holds no power of ten.
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
    return {"title": {"text": title}, "type": "log", **_marks(values, 1.0, seconds_text, "s"), **more}


def bytes_axis(values: Iterable[float], title: str, **more: Any) -> dict[str, Any]:
    """A logarithmic axis for these sizes, marked ``100 MiB``; as `seconds_axis`."""
    return {"title": {"text": title}, "type": "log", **_marks(values, 2.0**20, bytes_text, "B"), **more}


def rate_axis(values: Iterable[float], title: str) -> dict[str, Any]:
    """A logarithmic axis for these operations per second, marked ``10 GFLOP/s``; as `seconds_axis`."""
    marks = _marks(values, 1.0, lambda each: rate_text(each, "FLOP/s"), "FLOP/s")
    return {"title": {"text": title}, "type": "log", **marks}


def number_axis(values: Iterable[float], title: str) -> dict[str, Any]:
    """A logarithmic axis for these numbers without a unit; as `seconds_axis`."""
    return {"title": {"text": title}, "type": "log", **_marks(values, 1.0, lambda each: f"{each:g}", "")}


def count_axis(values: Iterable[float], title: str) -> dict[str, Any]:
    """A logarithmic axis for these counts, marked ``1,000``; as `seconds_axis`."""
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
    """``10 µs`` for ``10.0 µs``: a mark is a round number."""
    number, _, unit = text.partition(" ")
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} {unit}".rstrip()


def linear_axis(title: str, **more: Any) -> dict[str, Any]:
    """A linear axis."""
    return {"title": {"text": title}, "zeroline": False, **more}


def digits_axis(lowest: float) -> dict[str, Any]:
    """An axis of correct digits, from something below 0 on."""
    return linear_axis("correct digits", tickvals=[0, 4, 8, 12, 16], range=[lowest, HIGHEST])


def layout(x: Mapping[str, Any], y: Mapping[str, Any], *, height: int = 400, **more: Any) -> dict[str, Any]:
    """A plot's layout; colours of text and grid are the page's to set."""
    axes = {"xaxis": {"automargin": True, **x}, "yaxis": {"automargin": True, **y}}
    return {"height": height, "margin": {"l": 64, "r": 16, "t": 16, "b": 56}, "hovermode": "closest", **axes, **more}
