"""Rounds exact numbers to float64, once: to nearest, ties to even."""

import math
from fractions import Fraction

import flint

from harness.reference.rationals import Rational


def nearest(value: Rational) -> float:
    """The nearest float64, infinite beyond its range. Python's integer division rounds so, even to subnormals."""
    return _divided(int(value.numerator), int(value.denominator))


def quotient(one: Rational, other: Rational) -> float:
    """``one / other`` to the nearest float64, without reduction to lowest terms, which would take far longer."""
    return _divided(int(one.numerator * other.denominator), int(one.denominator * other.numerator))


def scaled_nearest(integer: int, exponent: int) -> float:
    """``integer * 2**exponent`` to the nearest float64."""
    return _divided(integer << exponent, 1) if exponent >= 0 else _divided(integer, 1 << -exponent)


def _divided(numerator: int, denominator: int) -> float:
    try:
        return numerator / denominator
    except OverflowError:
        return math.inf if (numerator > 0) == (denominator > 0) else -math.inf


def root(value: Rational) -> float:
    """The square root to the nearest float64, from at least 64 bits of it and a sticky bit for the rest.

    Without the sticky bit, a root just above the midpoint of two float64 would be rounded as the midpoint.
    """
    numerator, denominator = int(value.numerator), int(value.denominator)
    shift = max(0, 128 - (numerator.bit_length() - denominator.bit_length()))
    shift += shift % 2
    square, rest = divmod(numerator << shift, denominator)
    whole = math.isqrt(square)
    sticky = rest > 0 or whole * whole < square
    return _divided(2 * whole + sticky, 1 << (shift // 2 + 1))


def dyadic(integer: int, exponent: int) -> Fraction:
    """``integer * 2**exponent``."""
    return Fraction(integer << exponent) if exponent >= 0 else Fraction(integer, 1 << -exponent)


def half_power(square: Fraction) -> int:
    """About the exponent of two of a square's root; 0 for 0."""
    return (square.numerator.bit_length() - square.denominator.bit_length()) // 2 if square else 0


def to_bits(value: Fraction, bits: int) -> Fraction:
    """A fraction truncated to about so many bits; itself where it is dyadic and short enough."""
    if value.denominator & (value.denominator - 1) == 0 and value.numerator.bit_length() <= bits:
        return value
    shift = bits - (value.numerator.bit_length() - value.denominator.bit_length())
    if shift >= 0:
        return Fraction((value.numerator << shift) // value.denominator, 1 << shift)
    return Fraction((value.numerator // (value.denominator << -shift)) << -shift)


def nearest_of_ball(ball: flint.arb) -> float | None:
    """The float64 that every number of a ball rounds to; None where they disagree, or the ball is not finite."""
    if not ball.is_finite():
        return None
    low, high = (_end(end) for end in (ball.lower(), ball.upper()))
    return low if low == high else None


def _end(end: flint.arb) -> float:
    """A ball of radius 0, rounded, without writing out fractions far beyond float64's range."""
    mantissa, exponent = end.man_exp()
    size = int(mantissa).bit_length() + int(exponent)
    if mantissa == 0 or size < -1100:
        return 0.0
    if size > 1100:
        return math.inf if mantissa > 0 else -math.inf
    return scaled_nearest(int(mantissa), int(exponent))
