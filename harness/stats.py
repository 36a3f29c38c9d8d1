"""Arithmetic on samples. Level 0: no idea of cells, runs or files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["Spread", "spread"]


class Spread(NamedTuple):
    """Where the middle half of some samples lies.

    Attributes
    ----------
    median, low, high : float
        The median and the quartiles, in the samples' own unit.
    samples : int
    """

    median: float
    low: float
    high: float
    samples: int


def spread(samples: Sequence[float]) -> Spread | None:
    """Median and quartiles (Hyndman & Fan's type 7); None where there is no sample."""
    if not samples:
        return None
    low, median, high = np.quantile(np.asarray(samples, dtype=np.float64), [0.25, 0.5, 0.75])
    return Spread(float(median), float(low), float(high), len(samples))
