"""Reads coefficients of any origin, with the precision to which they were printed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

import numpy as np
from numpy.typing import NDArray

from harness.datasets.base import Dtype
from harness.errors import UsageError, nearest

Float64 = NDArray[np.float64]

COUNTED = 15.0
"""Most digits that count: the last ones of a float64 depend on the order of summation."""

COUNTED_SINGLE = 6.0
"""The same of a float32."""

NOTHING = 1e-14
"""Relative to the largest number: smaller ones are rounding errors."""

NAMED = re.compile(r"\s*(.+?)\s*=\s*([^\s=,;]+)\s*(?:[,;\s]|$)")
"""``a=1.9``; the name may contain anything."""

NOT_FITTED = ("na", "nan", "null", "none", "-", ".")
"""What programs print for the coefficient of a dropped column."""


@dataclass(frozen=True, eq=False)
class Given:
    """Coefficients as printed."""

    values: Float64
    """Of shape (n_given,), the intercept first with ``has_intercept``."""
    tolerance: Float64
    """Of shape (n_given,). The rounding error of printing: half a unit in each number's last printed place."""
    digits: Float64
    """Of shape (n_given,). Printed significant digits, at most `COUNTED`."""
    has_intercept: bool
    telling: Float64 | None = None
    """Of shape (n_given,). Digits in which each differs from the right answer, once that is known: another answer must
    explain them."""

    @property
    def coef(self) -> Float64:
        """The numbers without the intercept."""
        return self.values[self.has_intercept :]

    @property
    def level(self) -> float | None:
        """The intercept; None where it was not given."""
        return float(self.values[0]) if self.has_intercept else None

    def without_intercept(self) -> Given:
        """The same without the intercept."""
        first = int(self.has_intercept)
        telling = None if self.telling is None else self.telling[first:]
        return Given(
            self.values[first:], self.tolerance[first:], self.digits[first:], has_intercept=False, telling=telling
        )

    @property
    def information(self) -> float:
        """Total digits that another answer must explain."""
        return float((self.digits if self.telling is None else self.telling).sum())

    def beside(self, right: Float64, rounding: float) -> Given:
        """The numbers compared with the right ones; each tolerance includes a relative rounding error.

        For a number that is 0 up to rounding (an intercept of -3e-17), it is relative to the largest number.
        """
        size = np.abs(self.values)
        nothing = size <= NOTHING * size.max(initial=0.0)
        tolerance = 1.01 * self.tolerance + rounding * np.where(nothing, size.max(initial=0.0), size)
        with np.errstate(all="ignore"):
            telling = np.clip(
                np.nan_to_num(np.log10(np.abs(self.values - right) / tolerance), nan=0.0), 0.0, self.digits
            )
        return replace(self, tolerance=tolerance, telling=telling)


def given(coef: str, features: Sequence[str], intercept: str = "") -> Given:
    """Read coefficients.

    Parameters
    ----------
    coef : str
        ``"0.25, 1.9"`` in the order of the features, or ``"rooms=1.9, area=0.25"``; ``NA`` for a dropped column.
    intercept : str
        Empty where unknown.

    Raises
    ------
    UsageError
        When a number cannot be read, there are too many or too few, or a name is unknown.
    """
    parts = _parts(coef, features)
    if len(parts) != len(features):
        wanted = f"wanted {len(features)}, one for each of {', '.join(features)}"
        raise UsageError(f"--coef: got {len(parts)} number{'s' * (len(parts) != 1)}, {wanted}")
    numbers = [_number(text, "--coef") for text in parts]
    if intercept:
        numbers.insert(0, _number(intercept, "--intercept"))
    values = np.array([float(number) for number in numbers])
    return Given(values, _reaches(numbers), np.array([_digits(number) for number in numbers]), bool(intercept))


def _parts(coef: str, features: Sequence[str]) -> list[str]:
    """The numbers' texts, in the order of the features."""
    named: dict[str, str] = {}
    rest = coef.strip()
    if "=" not in rest:
        return [part for part in re.split(r"[,;\s]+", rest) if part]
    for match in NAMED.finditer(rest):
        name, text = match[1].strip("`"), match[2]
        if name not in features:
            raise UsageError(f"--coef: no column {name!r}{nearest(name, features)}")
        if name in named:
            raise UsageError(f"--coef: got {name!r} twice, wanted one coefficient for each column")
        named[name] = text
    absent = [name for name in features if name not in named]
    if absent:
        raise UsageError(f"--coef: got no coefficient of {absent[0]!r}; give one for each of {', '.join(features)}")
    return [named[name] for name in features]


def _number(text: str, option: str) -> Decimal:
    if text.lower() in NOT_FITTED:
        return Decimal(0)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise UsageError(f"{option}: got {text!r}, wanted a number such as 0.25 or 1.9e-3") from None
    if not number.is_finite() or not math.isfinite(float(number)):
        raise UsageError(f"{option}: got {text!r}, wanted a finite number")
    return number


def _reaches(numbers: Sequence[Decimal]) -> Float64:
    """Half a unit in the last place of each.

    If a number has 16 or more digits, all are printed in full, even short ones. A zero is as precise as the other
    numbers: ``0.0`` beside ``1.2345`` does not mean a number between -0.05 and 0.05.
    """
    full = any(len(each.as_tuple().digits) > COUNTED for each in numbers)
    reaches = [
        10**-COUNTED * abs(float(each)) if full and len(each.as_tuple().digits) < COUNTED else _reach(each)
        for each in numbers
    ]
    least = min((tolerance for each, tolerance in zip(numbers, reaches, strict=True) if each), default=0.0)
    return np.array(
        [tolerance if each else min(_reach(each), least) for each, tolerance in zip(numbers, reaches, strict=True)]
    )


def _reach(number: Decimal) -> float:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - only infinities have letters
    return max(float(Decimal(5).scaleb(min(max(exponent, -400), 300) - 1)), 10**-COUNTED * abs(float(number)))


def _digits(number: Decimal) -> float:
    if not number:
        return 1.0
    return min(COUNTED, max(1.0, math.floor(math.log10(abs(float(number)) / (2 * _reach(number))) + 1.0)))


def fitted(numbers: Float64, dtype: Dtype, *, intercept: bool) -> Given:
    """Numbers of shape (n_given,) that a fit in this precision gave, to all the digits that count."""
    digits = COUNTED if dtype == "float64" else COUNTED_SINGLE
    return Given(numbers, np.abs(numbers) * 10**-digits, np.full(len(numbers), digits), intercept)
