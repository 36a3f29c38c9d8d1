"""The samples of a row in the order in which they were taken, and outliers among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.results import Row, Run

Float64 = NDArray[np.float64]

FENCE = 3.0
"""Interquartile ranges beyond the quartiles from which a sample is far out (Tukey, Exploratory Data Analysis, 2C)."""


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples of a row; each array has shape (n_samples,).

    `place` counts all samples of the run, from 1. Seconds are per call; `control` is NaN where it was not measured.
    """

    place: NDArray[np.int64]
    round: NDArray[np.int64]
    seconds: Float64
    control: Float64

    def rounds(self) -> list[NDArray[np.bool_]]:
        """A mask of the samples for each round."""
        return [self.round == number for number in np.unique(self.round)]

    def only(self, kept: NDArray[Any]) -> Samples:
        """A selection of the samples."""
        return Samples(self.place[kept], self.round[kept], self.seconds[kept], self.control[kept])


def starts_of(run: Run) -> dict[int, int]:
    """How many samples were taken before each round."""
    length: dict[int, int] = {}
    for each in run.measurements:
        length[each.round] = max(length.get(each.round, 0), 1 + max(each.order, default=len(each.seconds) - 1))
    starts, before = {}, 0
    for number in sorted(length):
        starts[number] = before
        before += length[number]
    return starts


def samples_of(row: Row, starts: Mapping[int, int]) -> Samples:
    """A row's samples in the order in which they were taken."""
    place: list[int] = []
    rounds: list[int] = []
    control: list[float] = []
    for each in row.measurements:
        count = len(each.seconds)
        order = each.order if len(each.order) == count else range(count)
        place += [1 + starts[each.round] + i for i in order]
        rounds += [each.round] * count
        control += [*each.control, *[np.nan] * count][:count]
    found = Samples(np.array(place, dtype=np.int64), np.array(rounds), np.array(row.samples), np.array(control))
    return found.only(np.argsort(found.place, kind="stable"))


def decimated(values: Float64, most: int) -> NDArray[np.intp]:
    """Indices, ascending, of about `most` values: the smallest and largest of each stretch, so that outliers stay.

    All are kept if there are no more than `most`.
    """
    n = len(values)
    if n <= most:
        return np.arange(n)
    stretches = [each for each in np.array_split(np.arange(n), max(1, most // 2)) if len(each)]
    ends = [(each[values[each].argmin()], each[values[each].argmax()]) for each in stretches]
    return np.unique(np.array(ends))


def far_out(values: Float64) -> NDArray[np.bool_]:
    """Which values lie beyond Tukey's outer fences; none if there are fewer than four values."""
    if len(values) < 4:
        return np.zeros(len(values), dtype=bool)
    low, high = np.quantile(values, [0.25, 0.75])
    reach = FENCE * (high - low)
    found: NDArray[np.bool_] = (values < low - reach) | (values > high + reach)
    return found
