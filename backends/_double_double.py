"""Twice the working precision for least squares: error-free transformations, vectorised on NumPy.

A number is held as the unevaluated sum ``hi + lo`` of two float64, ``|lo| <= ulp(hi)/2``: about 106 bits. Everything
rests on two facts: the rounding error of a float64 sum, and that of a float64 product, are float64 numbers themselves,
and a few float64 operations find them (barring overflow, and underflow of the product's error).

References
----------
T. J. Dekker, "A floating-point technique for extending the available precision", Numer. Math. 18 (1971) 224-242.
D. E. Knuth, "The Art of Computer Programming 2: Seminumerical Algorithms", section 4.2.2, theorem B.
T. Ogita, S. M. Rump, S. Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26 (2005) 1955-1988.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

SPLITTER = 134217729.0
"""2**27 + 1: multiplying by it and subtracting leaves the upper 26 of 53 bits (Dekker 1971, after Veltkamp)."""


class Pair(NamedTuple):
    """An array in twice the working precision, ``hi + lo``."""

    hi: Float64
    lo: Float64

    @classmethod
    def of(cls, values: Any) -> Pair:
        """From float64 values, exactly."""
        hi = np.asarray(values, dtype=np.float64)
        return cls(hi, np.zeros_like(hi))

    def __neg__(self) -> Pair:
        return Pair(-self.hi, -self.lo)

    def at(self, where: Any) -> Pair:
        """Index the array."""
        return Pair(self.hi[where], self.lo[where])


def two_sum(a: Float64, b: Float64) -> tuple[Float64, Float64]:
    """``a + b`` as rounded sum and exact error (Knuth, theorem B)."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def split(a: Float64) -> tuple[Float64, Float64]:
    """``a`` as the exact sum of two halves of at most 26 bits (Dekker 1971); ``|a|`` must stay below 2**996."""
    c = SPLITTER * a
    high = c - (c - a)
    return high, a - high


def two_prod(a: Float64, b: Float64) -> tuple[Float64, Float64]:
    """``a * b`` as rounded product and exact error (Dekker 1971): the halves' products are exact."""
    p = a * b
    ah, al = split(a)
    bh, bl = split(b)
    return p, ((ah * bh - p) + ah * bl + al * bh) + al * bl


def pairwise_sum(hi: Float64, lo: Float64) -> Pair:
    """The sum of ``hi + lo`` over the first axis, halving it until one row is left.

    The sum of the ``hi`` is error-free but for the errors collected in ``lo``, which are summed in working precision:
    Ogita, Rump and Oishi's Sum2 with a tree in place of a chain, so that each step works on whole arrays. With k terms
    the error is at most ``u*|sum| + log2(k)**2 * u**2 * sum(|terms|)`` to first order, u = 2**-53.
    """
    while len(hi) > 1:
        half = len(hi) // 2
        s, e = two_sum(hi[:half], hi[half : 2 * half])
        e += lo[:half]
        e += lo[half : 2 * half]
        if len(hi) % 2:
            s[:1], odd = two_sum(s[:1], hi[-1:])
            e[:1] += odd + lo[-1:]
        hi, lo = s, e
    return Pair(*two_sum(hi[0], lo[0])) if len(hi) else Pair.of(np.zeros(hi.shape[1:]))


def add(x: Pair, y: Pair) -> Pair:
    """``x + y``."""
    s, e = two_sum(x.hi, y.hi)
    return Pair(*two_sum(s, e + (x.lo + y.lo)))


def multiply(x: Pair, y: Pair) -> Pair:
    """``x * y``, elementwise."""
    p, e = two_prod(x.hi, y.hi)
    return Pair(*two_sum(p, e + (x.hi * y.lo + x.lo * y.hi)))


def ldexp(x: Pair, exponents: NDArray[np.signedinteger[Any]] | int) -> Pair:
    """``x * 2**exponents``, elementwise."""
    return Pair(np.ldexp(x.hi, exponents), np.ldexp(x.lo, exponents))


def residual(b: Pair, A: Float64 | Pair, x: Pair) -> Pair:
    """``b - A @ x`` for A of shape (n, m), each element as if summed in twice the working precision."""
    A, rest = _parts(A)
    ax = pairwise_sum(*two_prod(A.T, -x.hi[:, None]))
    s, e = two_sum(b.hi, ax.hi)
    e += b.lo + ax.lo - A @ x.lo
    return Pair(*two_sum(s, e if rest is None else e - rest @ x.hi))


def gradient(A: Float64 | Pair, r: Pair) -> Pair:
    """``A.T @ r`` for A of shape (n, m), each element as if summed in twice the working precision."""
    A, rest = _parts(A)
    hi, lo = pairwise_sum(*two_prod(A, r.hi[:, None]))
    lo = lo + r.lo @ A
    return Pair(*two_sum(hi, lo if rest is None else lo + r.hi @ rest))


def _parts(A: Float64 | Pair) -> tuple[Float64, Float64 | None]:
    return A if isinstance(A, Pair) else (A, None)
