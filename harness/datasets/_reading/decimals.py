"""The grammar of decimal numbers, and their exact form: integers times a common unit.

A decimal is ASCII digits with an optional sign, point and exponent. Python's ``float`` accepts more: the underscores of
``2023_09``, digits of other scripts, ``infinity``. In data those are mistakes.
"""

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

SHORTEST_ROUNDED = 2**53
"""Above it, float64 does not hold every integer."""

MOST_CHARACTERS = 1000
"""The longest decimal, with the zeros of its exponent, for an exact solution."""

CHARACTERS = frozenset("0123456789+-.eE")
DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def is_decimal(text: str) -> bool:
    """Whether a text, without surrounding white space, is a decimal."""
    return DECIMAL.fullmatch(text) is not None


def plain_floats(block: str, separator: str) -> list[float] | None:
    """The decimals of a block as float64, each rounded to the nearest; None unless all are decimals.

    Restricted to `CHARACTERS`, `float` accepts exactly the grammar above.
    """
    if not CHARACTERS.issuperset(set(block) - {separator}):
        return None
    try:
        return list(map(float, block.split(separator)))
    except ValueError:
        return None


class Scaled(NamedTuple):
    """Exact numbers: each integer times the unit."""

    integers: list[int]
    unit: Fraction
    """Positive."""

    def fractions(self) -> list[Fraction]:
        """The numbers as fractions."""
        return [each * self.unit for each in self.integers]


def scaled(texts: Sequence[str]) -> Scaled | None:
    """Decimals as multiples of a power of ten; None if one is too long for an exact solution."""
    parts = [_parts(text) for text in texts]
    if None in parts:
        return None
    known = [part for part in parts if part is not None]
    lowest = min((exponent for integer, exponent in known if integer), default=0)
    highest = max((exponent for integer, exponent in known if integer), default=0)
    if highest - lowest > MOST_CHARACTERS:
        return None
    unit = Fraction(10) ** lowest
    return Scaled([integer * 10 ** (exponent - lowest) if integer else 0 for integer, exponent in known], unit)


def _parts(text: str) -> tuple[int, int] | None:
    """A decimal as integer and power of ten."""
    if len(text) > MOST_CHARACTERS:
        return None
    mantissa, _, power = text.lower().partition("e")
    whole, _, part = mantissa.partition(".")
    integer, exponent = int(whole + part), int(power or "0") - len(part)
    return None if integer and abs(exponent) > MOST_CHARACTERS else (integer, exponent)


def scaled_fractions(values: Iterable[Fraction]) -> Scaled:
    """Fractions over their common denominator."""
    numbers = list(values)
    denominators = {value.denominator for value in numbers}
    common = 1
    for each in denominators:
        common = Fraction(common, each).numerator * each  # their least common multiple
    return Scaled([value.numerator * (common // value.denominator) for value in numbers], Fraction(1, common))
