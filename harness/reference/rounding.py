"""From exact numbers to float64: one rounding, to the nearest, ties to even."""

import math
from fractions import Fraction

import flint

from harness.reference.rationals import Rational


def nearest(value: Rational) -> float:
    """To the nearest float64, infinite beyond its range; Python divides integers so, subnormal results included."""
    return _divided(int(value.numerator), int(value.denominator))


def quotient(one: Rational, other: Rational) -> float:
    """``one / other`` to the nearest float64; it is not brought to lowest terms, which would take far longer."""
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
    """The square root to the nearest float64: 64 bits or more of it, then one that says whether anything follows.

    Without that last bit a root just above the middle of two float64 would be taken for the middle.
    """
    numerator, denominator = int(value.numerator), int(value.denominator)
    shift = max(0, 128 - (numerator.bit_length() - denominator.bit_length()))
    shift += shift % 2
    square, rest = divmod(numerator << shift, denominator)
    whole = math.isqrt(square)
    follows = rest > 0 or whole * whole < square
    return _divided(2 * whole + follows, 1 << (shift // 2 + 1))


def dyadic(integer: int, exponent: int) -> Fraction:
    """``integer * 2**exponent``."""
    return Fraction(integer << exponent) if exponent >= 0 else Fraction(integer, 1 << -exponent)


def half_power(square: Fraction) -> int:
    """About the power of two of a square's root; 0 for 0."""
    return (square.numerator.bit_length() - square.denominator.bit_length()) // 2 if square else 0


def to_bits(value: Fraction, bits: int) -> Fraction:
    """A number of about so many bits that is near a fraction, itself where it is as short."""
    if value.denominator & (value.denominator - 1) == 0 and value.numerator.bit_length() <= bits:
        return value
    shift = bits - (value.numerator.bit_length() - value.denominator.bit_length())
    if shift >= 0:
        return Fraction((value.numerator << shift) // value.denominator, 1 << shift)
    return Fraction((value.numerator // (value.denominator << -shift)) << -shift)


def nearest_of_ball(ball: flint.arb) -> float | None:
    """The float64 that every number of a ball rounds to; None where they do not agree, or the ball is not finite."""
    if not ball.is_finite():
        return None
    low, high = (_end(end) for end in (ball.lower(), ball.upper()))
    return low if low == high else None


def _end(end: flint.arb) -> float:
    """A ball without a radius, rounded. Far beyond the range of float64 its fraction is not written out."""
    mantissa, exponent = end.man_exp()
    size = int(mantissa).bit_length() + int(exponent)
    if mantissa == 0 or size < -1100:
        return 0.0
    if size > 1100:
        return math.inf if mantissa > 0 else -math.inf
    return scaled_nearest(int(mantissa), int(exponent))
