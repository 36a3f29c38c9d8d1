"""Coefficients from anywhere, read as they were printed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np
from numpy.typing import NDArray

from harness.errors import UsageError, nearest

Float64 = NDArray[np.float64]

MOST_DIGITS = 15.0
"""Digits of a number that are believed: the last ones of a float64 hang on the order of its sums."""


@dataclass(frozen=True, eq=False)
class Given:
    """Coefficients as somebody printed them.

    Attributes
    ----------
    values : ndarray of shape (n_given,)
        The intercept first where ``has_intercept``.
    reach : ndarray of shape (n_given,)
        Half a unit in the last printed place of each: what printing may have taken off.
    digits : ndarray of shape (n_given,)
        Significant digits that were printed, at most `MOST_DIGITS`.
    has_intercept : bool
    """

    values: Float64
    reach: Float64
    digits: Float64
    has_intercept: bool

    @property
    def coef(self) -> Float64:
        """Without the intercept."""
        return self.values[self.has_intercept :]

    @property
    def information(self) -> float:
        """Digits in all: what the numbers can tell at the most."""
        return float(self.digits.sum())


def given(coef: str, features: Sequence[str], intercept: str = "") -> Given:
    """Read coefficients.

    Parameters
    ----------
    coef : str
        ``"0.25, 1.9"`` in the order of the features, or ``"rooms=1.9, area=0.25"``.
    features : sequence of str
    intercept : str
        Empty where it is not known.

    Raises
    ------
    UsageError
        When a number cannot be read, there are too many or too few, or a name is unknown.
    """
    parts = [part for part in re.split(r"[,;\s]+", coef.strip()) if part]
    named = [part.rpartition("=") for part in parts]
    if any(name for name, _, _ in named):
        by_name = {name: text for name, _, text in named}
        for name in by_name:
            if name not in features:
                raise UsageError(f"--coef: no column {name!r}{nearest(name, features)}")
        absent = [name for name in features if name not in by_name]
        if absent:
            raise UsageError(f"--coef: got no coefficient of {absent[0]!r}; give one for each of {', '.join(features)}")
        parts = [by_name[name] for name in features]
    if len(parts) != len(features):
        wanted = f"wanted {len(features)}, one for each of {', '.join(features)}"
        raise UsageError(f"--coef: got {len(parts)} numbers, {wanted}")
    numbers = [_number(text, "--coef") for text in parts]
    if intercept:
        numbers.insert(0, _number(intercept, "--intercept"))
    values = np.array([float(number) for number in numbers])
    reach = np.array([_reach(number) for number in numbers])
    return Given(values, reach, np.array([_digits(number) for number in numbers]), bool(intercept))


def _number(text: str, option: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise UsageError(f"{option}: got {text!r}, wanted a number such as 0.25 or 1.9e-3") from None
    if not number.is_finite():
        raise UsageError(f"{option}: got {text!r}, wanted a finite number")
    return number


def _reach(number: Decimal) -> float:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - only infinities have letters
    return max(0.5 * 10.0**exponent, 10**-MOST_DIGITS * abs(float(number)))


def _digits(number: Decimal) -> float:
    if not number:
        return 1.0
    return min(MOST_DIGITS, max(1.0, math.floor(math.log10(abs(float(number)) / (2 * _reach(number))) + 1.0)))
