"""Numbers as people read them: with a unit, and no more digits than they have."""

import math
from collections.abc import Sequence

ABSENT = "–"
"""Shown where there is no number."""

MOST_DIGITS = 17.0
"""Digits of an answer that is correctly rounded to the last bit."""

LEAST_ERROR = 2.0**-53
"""Least relative error of a float64 other than the correctly rounded one; where the exact one is 0, least absolute."""

_SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def correct_digits(error: float) -> float:
    """Correct significant digits at a relative error: ``-log10(error)``, from 0 to `MOST_DIGITS`."""
    if error == 0:
        return MOST_DIGITS
    return min(MOST_DIGITS, max(0.0, -math.log10(error))) if math.isfinite(error) else 0.0


def seconds_text(seconds: float | None) -> str:
    """``12.3 µs``: three significant digits in the unit that needs no exponent."""
    if seconds is None:
        return ABSENT
    scale, unit = next((pair for pair in _SECONDS if abs(seconds) >= pair[0]), _SECONDS[-1])
    return f"{_three(seconds / scale)} {unit}"


def duration_text(seconds: float) -> str:
    """``45 s``, ``3 min``, ``1 h 20 min``: rounded as an estimate."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def count_text(number: int, thing: str) -> str:
    """``1 round``, ``12 rounds``, ``1,000 epochs``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def bytes_text(size: float | None) -> str:
    """``91.2 MiB``."""
    if size is None:
        return ABSENT
    power = min(4, int(math.log2(size) // 10)) if size >= 1 else 0
    return f"{_three(size / 2 ** (10 * power))} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


def _three(value: float) -> str:
    """Three significant digits, never an exponent."""
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:.{min(digits, 3)}f}"


def rate_text(per_second: float | None, unit: str) -> str:
    """``12.3 GFLOP/s``, ``850 MB/s``: with decimal prefixes."""
    if per_second is None:
        return ABSENT
    power = min(4, max(0, int(math.log10(per_second) // 3))) if per_second > 0 else 0
    return f"{_three(per_second / 1000**power)} {('', 'k', 'M', 'G', 'T')[power]}{unit}"


def ratio_text(ratio: float | None) -> str:
    """Three significant digits, or all digits before the point if there are more: ``5,583``."""
    if ratio is None:
        return ABSENT
    return _three(ratio) if abs(ratio) < 1000 else f"{ratio:,.0f}"


def number_text(value: float | None, digits: int = 4) -> str:
    """A number to so many significant digits."""
    if value is None:
        return ABSENT
    return f"{value + 0.0:.{digits}g}"  # no minus before a zero


def digits_text(digits: float | None) -> str:
    """``13.2``: correct digits, to one place."""
    return ABSENT if digits is None else f"{digits:.1f}"


def coefficients_text(coef: Sequence[float | None] | None, *, most: int = 3, digits: int = 8) -> str:
    """The first few coefficients and how many there are."""
    if coef is None or all(each is None for each in coef):
        return ABSENT
    shown = ", ".join(number_text(each, digits) for each in coef[:most])
    return shown if len(coef) <= most else f"{shown}, … ({len(coef)})"
