"""Exact sums of any answer's residuals, from the exact Gram matrix and without another look at the rows.

With Z the integer columns of ``[X y 1]`` and w the answer's coefficients in their units (-1 for y), the residuals are
``r = Z w``. So ``r'r = w'(Z'Z) w`` and the products of r with the columns are ``(Z'Z) w``: integers, whatever the data.
An answer costs one product of the Gram matrix with a vector.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint

from harness.reference.gram import ExactGram
from harness.reference.rounding import dyadic


@dataclass(frozen=True)
class Residuals:
    """Sums over the residuals ``X b + b0 - y`` of an answer, exactly.

    Attributes
    ----------
    squares : Fraction
        ``r'r``.
    products : tuple of Fraction, length n_features
        ``X'r``.
    total : Fraction
        The sum of the residuals.
    """

    squares: Fraction
    products: tuple[Fraction, ...]
    total: Fraction


class Forms:
    """Quadratic forms of an exact Gram matrix over ``[X y 1]``.

    Parameters
    ----------
    gram : ExactGram
    """

    def __init__(self, gram: ExactGram) -> None:
        self._exponents = gram.exponents
        self._matrix = flint.fmpz_mat(gram.products)

    def residuals(self, coef: Sequence[float], intercept: float) -> Residuals:
        """Sums over the residuals of an answer in float64, all finite."""
        parts = [math.frexp(each) for each in (*coef, -1.0, intercept)]
        return self._residuals([int(m * 2.0**53) for m, _ in parts], [e - 53 for _, e in parts])

    def differences(self, coef: Sequence[Fraction], intercept: Fraction) -> Residuals:
        """Sums over ``X b + b0`` itself, for numbers whose denominators are powers of two."""
        values = (*coef, Fraction(0), intercept)
        return self._residuals([v.numerator for v in values], [1 - v.denominator.bit_length() for v in values])

    def _residuals(self, mantissas: list[int], exponents: list[int]) -> Residuals:
        powers = [a + b for a, b in zip(exponents, self._exponents, strict=True)]
        least = min((p for m, p in zip(mantissas, powers, strict=True) if m), default=0)
        w = [m << (p - least) if m else 0 for m, p in zip(mantissas, powers, strict=True)]
        Gw = [int(each) for each in (self._matrix * flint.fmpz_mat(len(w), 1, w)).entries()]
        return Residuals(
            squares=dyadic(sum(a * b for a, b in zip(w, Gw, strict=True)), 2 * least),
            products=tuple(dyadic(v, least + e) for v, e in zip(Gw[:-2], self._exponents, strict=False)),
            total=dyadic(Gw[-1], least),
        )
