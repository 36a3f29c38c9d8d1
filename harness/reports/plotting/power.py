"""Power laws through points that scatter."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from harness.stats import Difference

FEWEST = 3
"""Sizes that a power law needs: through two there is always one."""

CONFIDENCE = 0.95


class PowerLaw(NamedTuple):
    """``y = factor * x**exponent``, the least-squares line through the logarithms.

    Attributes
    ----------
    factor, exponent : float
    low, high : float
        Interval of the exponent at level 0.95, by Student's t.
    last : float
        The exponent between the two largest sizes alone, where fixed costs weigh least.
    sizes : int
        Distinct ones.
    """

    factor: float
    exponent: float
    low: float
    high: float
    last: float
    sizes: int

    def text(self, letter: str) -> str:
        """``n^0.98 (0.95 – 1.01)``."""
        return f"{letter}^{self.exponent:.2f} ({self.low:.2f} – {self.high:.2f})"


def power_law(points: Sequence[tuple[float, float]]) -> PowerLaw | None:
    """The power law of some points; None with fewer than `FEWEST` distinct sizes.

    Points are sizes and values, all positive. Source: Draper & Smith, Applied Regression Analysis (3rd ed., 1998),
    ch. 1: the slope's standard error is ``sqrt(RSS / (m - 2) / Sxx)``, with m - 2 degrees of freedom.
    """
    sizes = sorted({x for x, _ in points})
    if len(sizes) < FEWEST:
        return None
    logs = [(math.log(x), math.log(y)) for x, y in points]
    m = len(logs)
    mean_x, mean_y = math.fsum(x for x, _ in logs) / m, math.fsum(y for _, y in logs) / m
    Sxx = math.fsum((x - mean_x) ** 2 for x, _ in logs)
    slope = math.fsum((x - mean_x) * (y - mean_y) for x, y in logs) / Sxx
    RSS = math.fsum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in logs)
    low, high = Difference(slope, math.sqrt(RSS / (m - 2) / Sxx), m - 2).interval(CONFIDENCE)
    before, after = (_mean([math.log(y) for x, y in points if x == size]) for size in sizes[-2:])
    last = (after - before) / math.log(sizes[-1] / sizes[-2])
    return PowerLaw(math.exp(mean_y - slope * mean_x), slope, low, high, last, len(sizes))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
