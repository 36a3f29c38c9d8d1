"""Exact sums over any answer's residuals, from the exact Gram matrix, without another pass over the rows.

With Z the integer columns of ``[X y 1]`` and w the answer's coefficients in their units (-1 for y), the residuals are
``r = Z w``. So ``r'r = w'(Z'Z) w`` and the products of r with the columns are ``(Z'Z) w``: integers, whatever the data.
An answer costs one product of the Gram matrix with a vector.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import flint

from harness.reference.gram import ExactGram
from harness.reference.rationals import scaled


@dataclass(frozen=True)
class Residuals:
    """Sums over the residuals ``X b + b0 - y`` of an answer, exactly; weighted as the Gram matrix is."""

    squares: flint.fmpq
    """``r'r``."""
    products: tuple[flint.fmpq, ...]
    """``X'r``."""
    total: flint.fmpq
    """The sum of the residuals."""


class Forms:
    """Quadratic forms of an exact Gram matrix over ``[X y 1]``."""

    def __init__(self, gram: ExactGram) -> None:
        self._exponents = gram.exponents
        self._matrix = gram.matrix

    def residuals(self, coef: Sequence[float], intercept: float) -> Residuals:
        """Sums over the residuals of an answer in float64, all finite."""
        parts = [math.frexp(each) for each in (*coef, -1.0, intercept)]
        return self._residuals([int(m * 2.0**53) for m, _ in parts], [e - 53 for _, e in parts])

    def differences(self, coef: Sequence[flint.fmpq], intercept: flint.fmpq) -> Residuals:
        """Sums over ``X b + b0`` itself, for numbers whose denominators are powers of two."""
        values = (*coef, flint.fmpq(0), intercept)
        return self._residuals([int(v.p) for v in values], [1 - int(v.q).bit_length() for v in values])

    def _residuals(self, mantissas: list[int], exponents: list[int]) -> Residuals:
        powers = [a + b for a, b in zip(exponents, self._exponents, strict=True)]
        least = min((p for m, p in zip(mantissas, powers, strict=True) if m), default=0)
        w = [m << (p - least) if m else 0 for m, p in zip(mantissas, powers, strict=True)]
        column = flint.fmpz_mat(len(w), 1, w)
        product = self._matrix * column
        sums = [scaled(v, least + e) for v, e in zip(product.entries(), self._exponents, strict=True)]
        return Residuals(
            squares=scaled((column.transpose() * product)[0, 0], 2 * least), products=tuple(sums[:-2]), total=sums[-1]
        )
