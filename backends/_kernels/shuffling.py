"""The Fisher-Yates shuffle with the random numbers of NumPy's generator, so that both give the same order.

The numbers are those of PCG64, an XSL RR 128/64 generator, 32 bits at a time, the lower half of each draw first. Each
is masked to the bits of the largest index, and rejected if it is no index. One draw in four is rejected, which branch
prediction cannot foresee: here a rejected draw swaps an element with itself instead of branching. Reference:
`numpy.random.Generator.shuffle` of `numpy.random.PCG64`.

References
----------
M. E. O'Neill, "PCG: A family of simple fast space-efficient statistically good algorithms for random number
generation", Harvey Mudd College HMC-CS-2014-0905, 2014, section 6.3.
R. Durstenfeld, "Algorithm 235: random permutation", Comm. ACM 7 (1964) 420.
"""

from backends._kernels.language import Pointer, rotated, strict, wide_product

FACTOR_HIGH, FACTOR_LOW = 2549297995355413924, 4865540595714422341
BITS = 0xFFFFFFFF
NONE = -1
"""Stands for the 32 bits kept for the next draw, where there are none."""


@strict
def advanced(high: int, low: int, add_high: int, add_low: int) -> tuple[int, int]:
    """The generator's next state."""
    halves: tuple[int, int] = wide_product(high, low, FACTOR_HIGH, FACTOR_LOW, add_high, add_low)
    return halves


@strict
def number_of(high: int, low: int) -> int:
    """The 64 output bits of a state."""
    bits: int = rotated(high ^ low, (high >> 58) & 63)
    return bits


@strict
def shuffle(order: Pointer, n: int, generator: Pointer) -> None:
    """Shuffle fewer than 2**31 integers. The generator: state, increment (128 bits, higher half first), kept bits.

    Local variables hold the generator within the loop, because the compiler must assume that the order overlaps it.
    """
    high, low, add_high, add_low, kept = generator[0], generator[1], generator[2], generator[3], generator[4]
    i, mask = n - 1, 1
    while mask < i:
        mask = 2 * mask + 1
    while i > 0:
        while 2 * i > mask:
            if kept == NONE:
                high, low = advanced(high, low, add_high, add_low)
                drawn = number_of(high, low)
                kept, number = (drawn >> 32) & BITS, drawn & BITS & mask
            else:
                kept, number = NONE, kept & mask
            j = min(i, number)
            order[i], order[j] = order[j], order[i]
            i -= number <= i
        mask >>= 1
    generator[0], generator[1], generator[4] = high, low, kept
