"""Weighted draws with replacement, with the random numbers that NumPy's generator would give.

The search among the cumulated weights starts at a table's entry for the number's range: a draw takes two comparisons on
average, however many weights there are.
Reference: `backends._stochastic.Searches`.

References
----------
H.-C. Chen, Y. Asau, "On generating random variates from an empirical distribution", AIIE Trans. 6 (1974) 163-166.
"""

from backends._kernels.language import Pointer, strict
from backends._kernels.shuffling import advanced, number_of

DOUBLE_BITS = (1 << 53) - 1
UNIT = 2.0**-53


@strict
def find_beginnings(cumulated: Pointer, n: int, beginnings: Pointer) -> None:
    """For each of n equal parts of the sum, the first of n weights that reaches into it."""
    i, part = 0, cumulated[n - 1] / n
    for b in range(n):
        while i < n - 1 and cumulated[i] <= part * b:
            i += 1
        beginnings[b] = i


@strict
def draw(order: Pointer, count: int, cumulated: Pointer, n: int, beginnings: Pointer, generator: Pointer) -> None:
    """Draw ``count`` of n; the generator is as in `backends._kernels.shuffling.shuffle`.

    The search goes in both directions, because rounding may have moved a number to the next part.
    """
    high, low, add_high, add_low = generator[0], generator[1], generator[2], generator[3]
    whole = cumulated[n - 1]
    for k in range(count):
        high, low = advanced(high, low, add_high, add_low)
        number = float((number_of(high, low) >> 11) & DOUBLE_BITS) * UNIT
        i, wanted = beginnings[min(int(number * n), n - 1)], number * whole
        while i > 0 and cumulated[i - 1] > wanted:
            i -= 1
        while i < n - 1 and cumulated[i] <= wanted:
            i += 1
        order[k] = i
    generator[0], generator[1] = high, low
