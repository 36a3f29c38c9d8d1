"""Steps in a row of numbers: found by PELT, then tested. Independent of runs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.errors import LinbenchError
from harness.stats import RESOLUTION, Level, difference, holm

Array = NDArray[np.float64]

ALPHA = 0.01
"""Probability of any false step in a whole history in which nothing changed."""

FEWEST = 5
"""Runs that a level needs, as fewer do not show their variance."""

PENALTY = 3.0
"""PELT's penalty for a step, in units of variance × log(number of runs)."""


@dataclass(frozen=True)
class Shift:
    """A step between two levels of a row of logarithms."""

    start: int
    index: int
    stop: int
    """``start``, ``index``, ``stop``: the old level is ``[start, index)``, the new one ``[index, stop)``."""
    effect: float
    low: float
    high: float
    """``effect``, ``low``, ``high``: the difference of the levels' means, and its interval at level `ALPHA`."""
    p: float
    """Of Welch's t-test, times the number of possible places of the step, as the best place was chosen."""


class _Scatter(NamedTuple):
    """Variance of runs about their levels, its degrees of freedom, and how correlation multiplies a mean's variance."""

    variance: float
    freedom: float
    dependence: float


def ruptures() -> Any:
    """The module ruptures, imported on first use.

    Raises
    ------
    LinbenchError
        When it is not installed.
    """
    try:
        import ruptures as module
    except ImportError as error:
        raise LinbenchError(
            f"history needs ruptures, which cannot be imported ({error}); install 'linbench[history]'"
        ) from error
    return module


def candidates(x: Array) -> list[int]:
    """Places where the mean of a row changes, by penalised optimal partitioning.

    The cost is the sum of squares about each level's mean, the penalty ``3 σ² log n``, with σ from the median absolute
    difference of neighbours, which steps hardly affect. ``KernelCPD`` of ruptures with a linear kernel has this cost,
    in C; its ``Pelt`` takes seconds instead of milliseconds.

    Source: Killick, Fearnhead & Eckley, JASA 107 (2012), 1590-1598; a penalty of 3 log n is that of Zhang & Siegmund,
    Biometrics 63 (2007), 22-32, without its term for the levels' lengths.

    Returns
    -------
    list of int
        First index of each new level of ``x``, of shape (n,).
    """
    n = len(x)
    if n < 2 * FEWEST:
        return []
    variance = max(_noise(x), RESOLUTION) ** 2
    search = ruptures().KernelCPD(kernel="linear", min_size=FEWEST).fit((x - np.median(x))[:, None])
    return [int(each) for each in search.predict(pen=PENALTY * variance * np.log(n))[:-1]]


def _noise(x: Array) -> float:
    """Standard deviation of normal noise, from the median absolute difference of neighbours."""
    return float(np.median(np.abs(np.diff(x))) * 1.4826 / np.sqrt(2))


def at_edges(cuts: Sequence[int], places: Sequence[int]) -> list[int]:
    """Cuts moved to the nearest boundary between places, as a level cannot begin within one.

    Where several numbers belong to one place, such as a commit, a step can only lie between places.
    """
    n = len(places)
    edges = [i for i in range(FEWEST, n - FEWEST + 1) if places[i] != places[i - 1]]
    found: list[int] = []
    for cut in cuts:
        nearest = min(edges, key=lambda edge: abs(edge - cut), default=0)
        if nearest and (not found or nearest - found[-1] >= FEWEST):
            found.append(nearest)
    return found


def shifts(
    rows: Sequence[Array],
    margin: float,
    places: Sequence[Sequence[int] | None] | None = None,
    alpha: float = ALPHA,
) -> list[list[Shift]]:
    """The steps of each row that are beyond chance and beyond the margin.

    Every step that PELT found, and every row without one, counts as a test in Holm's step-down procedure. While some
    step fails, the weakest one of each row is removed and its two levels are merged. The rows are logarithms, oldest
    first, and so is the margin, the least effect worth reporting; alpha is the family-wise level over all rows.
    ``places`` has the places of each row's numbers; steps then lie only between places, see `at_edges`.

    Returns
    -------
    list of list of Shift
        One list per row; its p-values are adjusted.
    """
    found = [candidates(row) if len(row) and np.ptp(row) >= margin else [] for row in rows]
    if places is not None:
        found = [cuts if at is None else at_edges(cuts, at) for cuts, at in zip(found, places, strict=True)]
    while True:
        tested = [_tested(row, cuts) for row, cuts in zip(rows, found, strict=True)]
        adjusted = _adjusted(tested)
        weakest = [_weakest(steps, margin, alpha) for steps in adjusted]
        if all(each is None for each in weakest):
            return adjusted
        found = [[cut for cut in cuts if cut != out] for cuts, out in zip(found, weakest, strict=True)]


def _weakest(steps: Sequence[Shift], margin: float, alpha: float) -> int | None:
    """The index of the weakest step, among those within chance or within the margin."""
    failing = [each for each in steps if each.p > alpha or abs(each.effect) < margin]
    return max(failing, key=lambda each: (each.p, -abs(each.effect))).index if failing else None


def _tested(x: Array, cuts: Sequence[int]) -> list[Shift]:
    """Every step between two neighbouring levels, tested."""
    if not cuts:
        return []
    edges = [0, *cuts, len(x)]
    parts = [x[start:stop] for start, stop in pairwise(edges)]
    common = _scatter(parts)
    levels = [_level(part, common) for part in parts]
    return [_shift(edges[i : i + 3], levels[i], levels[i + 1]) for i in range(len(cuts))]


def _scatter(parts: Sequence[Array]) -> _Scatter:
    """The scatter of runs about their levels.

    Neighbouring runs are correlated: with a correlation r, the variance of a mean is (1 + r) / (1 - r) times that of
    independent runs (Bayley & Hammersley, Suppl. J. R. Stat. Soc. 8 (1946), 184-197, for a first-order process).
    """
    residuals = np.concatenate([part - part.mean() for part in parts])
    squares = float(residuals @ residuals)
    freedom = len(residuals) - len(parts)
    r = float(residuals[1:] @ residuals[:-1]) / squares if squares else 0.0
    r = min(max(r, 0.0), 0.9)
    return _Scatter(squares / freedom, freedom, (1 + r) / (1 - r))


def _level(part: Array, common: _Scatter) -> Level:
    """A level with the larger of its own variance and the common one, as few runs often agree by chance."""
    n = len(part)
    variance = max(float(np.var(part, ddof=1)), common.variance, RESOLUTION**2)
    return Level(float(part.mean()), variance * common.dependence / n, common.freedom / common.dependence, n)


def _shift(edges: Sequence[int], old: Level, new: Level) -> Shift:
    start, index, stop = edges
    found = difference(old, new)
    places = stop - start - 2 * FEWEST + 1
    return Shift(start, index, stop, found.estimate, *found.interval(1 - ALPHA), min(1.0, places * found.p))


def _adjusted(rows: Sequence[Sequence[Shift]]) -> list[list[Shift]]:
    """The steps with Holm's p-values; a row without a step counts as a test with p = 1."""
    flat = [step for steps in rows for step in steps]
    passed = [1.0] * sum(1 for steps in rows if not steps)
    p = iter(holm([*(step.p for step in flat), *passed]))
    return [[replace(step, p=next(p)) for step in steps] for steps in rows]


def jumps(values: Sequence[float | None], margin: float) -> list[tuple[int, int]]:
    """Places where a number without noise differs by the margin or more from its level.

    Missing numbers neither begin nor end a level.

    Returns
    -------
    list of (int, int)
        The last index of the old level, and the first of the new one.
    """
    known = [(i, value) for i, value in enumerate(values) if value is not None]
    found: list[tuple[int, int]] = []
    level = known[0][1] if known else 0.0
    for (before, _), (after, value) in pairwise(known):
        if abs(value - level) >= margin:
            found.append((before, after))
            level = value
    return found
