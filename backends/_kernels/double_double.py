"""Twice the working precision in compiled code: as `backends._double_double`, with the product's error by one fma.

Sums over rows are kept in `LANES` independent chains, one per row of a block, so that every operation works on whole
vectors; `gathered` adds the lanes in a binary tree.

References
----------
T. Ogita, S. M. Rump, S. Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26 (2005) 1955-1988, section 3
(the product's error by fused multiply-add, algorithm 3.5).
"""

from backends._kernels.language import Pointer, fma, strict

LANES = 128
"""Rows per block, and chains of a sum over rows."""


@strict
def two_sum(a: float, b: float) -> tuple[float, float]:
    """``a + b`` as rounded sum and exact error: 6 flops."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


@strict
def two_prod(a: float, b: float) -> tuple[float, float]:
    """``a * b`` as rounded product and exact error: 2 flops."""
    p = a * b
    return p, fma(a, b, -p)


@strict
def add_number(hi: float, lo: float, b: float) -> tuple[float, float]:
    """``(hi + lo) + b``, normalised."""
    s, e = two_sum(hi, b)
    hi, lo = two_sum(s, e + lo)
    return hi, lo


@strict
def add_product(hi: float, lo: float, a: float, b: float, b_lo: float) -> tuple[float, float]:
    """``(hi + lo) + a * (b + b_lo)``, not normalised: 11 flops."""
    p, e = two_prod(a, b)
    s, t = two_sum(hi, p)
    return s, lo + (t + fma(a, b_lo, e))


@strict
def gathered(hi: Pointer, lo: Pointer, lanes: int) -> tuple[float, float]:
    """The sum of the lanes, which are overwritten."""
    while lanes > 1:
        half = lanes // 2
        rest = lanes - half
        for k in range(half):
            s, e = two_sum(hi[k], hi[rest + k])
            hi[k] = s
            lo[k] += lo[rest + k] + e
        lanes = rest
    s, e = two_sum(hi[0], lo[0])
    return s, e
