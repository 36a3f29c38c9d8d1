"""Conversions to and from FLINT's rationals, which are ten times as fast as `fractions.Fraction`."""

from fractions import Fraction

import flint

Rational = Fraction | flint.fmpq
"""An exact number of either type."""


def of_float(value: float) -> flint.fmpq:
    """From a finite float64, exactly."""
    return flint.fmpq(*value.as_integer_ratio())


def of_fraction(value: Fraction) -> flint.fmpq:
    """The same number."""
    return flint.fmpq(value.numerator, value.denominator)


def to_fraction(value: flint.fmpq) -> Fraction:
    """The same number."""
    return Fraction(int(value.p), int(value.q))


def scaled(integer: int, exponent: int) -> flint.fmpq:
    """``integer * 2**exponent``."""
    return flint.fmpq(integer << exponent) if exponent >= 0 else flint.fmpq(integer, 1 << -exponent)
