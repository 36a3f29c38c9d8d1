"""Ranks the rows of a run within each dataset: ratios to the fastest, and letters for rows of equal speed."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.results import SEVERITY, Row, Run, Timing
from harness.stats import FEWEST_ROUNDS, RESOLUTION, holm, paired

LEVEL = 0.05
"""The chance of distinguishing any two equally fast rows of a table, over all pairs."""


class Ratio(NamedTuple):
    """The time of one row over that of another, with its interval if there are enough rounds."""

    ratio: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class RankedRow:
    """A row with its ratio to the fastest ``ok`` row of its dataset, if both were timed.

    Rows that share a letter in `alike` do not differ significantly in time.
    """

    row: Row
    ratio: Ratio | None = None
    alike: str = ""


@dataclass(frozen=True)
class Group:
    """The rows of one dataset: those that are ``ok`` by time, then those that did not converge, then the rest."""

    title: str
    rows: tuple[RankedRow, ...]


def ranked(run: Run) -> list[Group]:
    """The run's rows by dataset, in the suite's order.

    Ratios are to the fastest row that is ``ok``: a method that stopped early is not a fair base.
    """
    return [Group(label, _ranked(rows)) for label, rows in run.by_dataset.items()]


def _ranked(rows: Sequence[Row]) -> tuple[RankedRow, ...]:
    timed = [(row, timing) for row in rows if (timing := row.timing)]
    finished = [row for row, _ in timed if row.status == "ok"]
    candidates = [pair for pair in timed if pair[0].status == "ok"] or timed
    fastest = min(candidates, key=lambda pair: pair[1].median, default=None)
    marks = dict(zip((row.case.id for row in finished), letters(finished), strict=True))
    found = [RankedRow(row, _to_fastest(row, fastest), marks.get(row.case.id, "")) for row in rows]
    return tuple(sorted(found, key=lambda each: (SEVERITY[each.row.status], each.ratio.ratio if each.ratio else 0.0)))


def _to_fastest(row: Row, fastest: tuple[Row, Timing] | None) -> Ratio | None:
    if fastest is None or row.timing is None or not fastest[1].median:
        return None
    base, timing = fastest
    return (ratio(row, base) if row is not base else None) or Ratio(row.timing.median / timing.median)


def ratio(row: Row, base: Row, confidence: float = 0.95) -> Ratio | None:
    """The mean ratio of the medians of common rounds; None if they are fewer than `FEWEST_ROUNDS`.

    Times are not divided by the control: it runs right after each sample, and a large problem has pushed its data out
    of the cache. That would favour large problems.
    """
    mine, theirs = _logs(row), _logs(base)
    differences = [mine[number] - theirs[number] for number in mine if number in theirs]
    if len(differences) < FEWEST_ROUNDS:
        return None
    mean = paired(differences)
    low, high = mean.interval(confidence)
    return Ratio(math.exp(mean.estimate), math.exp(low), math.exp(high))


def _logs(row: Row) -> dict[int, float]:
    return {number: math.log(each.median) for number, each in row.rounds.items() if each.median > 0}


def letters(rows: Sequence[Row]) -> list[str]:
    """Letters for rows of one table; rows that share one do not differ significantly.

    Paired t-tests on the logs of all pairs, with Holm's adjustment. A letter marks neighbours in the order of times
    none of which differ (Piepho, J. Comput. Graph. Stat. 13 (2004), 456-466). A row with fewer than `FEWEST_ROUNDS`
    rounds has none.
    """
    logs = [_logs(row) for row in rows]
    timed = [i for i, each in enumerate(logs) if len(each) >= FEWEST_ROUNDS]
    timed.sort(key=lambda i: math.fsum(logs[i].values()) / len(logs[i]))
    found = [""] * len(rows)
    if len(timed) < 2:
        return found
    for number, (start, stop) in enumerate(_groups(_alike([logs[i] for i in timed]))):
        for i in timed[start:stop]:
            found[i] += _letter(number)
    return found


def _alike(logs: Sequence[dict[int, float]]) -> NDArray[np.bool_]:
    """Which pairs do not differ significantly, as a symmetric matrix."""
    from scipy.special import stdtr

    numbers = sorted({number for each in logs for number in each})
    L = np.array([[each.get(number, np.nan) for number in numbers] for each in logs])
    first, second = np.triu_indices(len(logs), 1)
    D = L[first] - L[second]
    n = np.sum(~np.isnan(D), axis=1)
    enough = n >= FEWEST_ROUNDS
    mean, deviation = np.zeros(len(D)), np.ones(len(D))
    mean[enough] = np.nanmean(D[enough], axis=1)
    deviation[enough] = np.maximum(np.nanstd(D[enough], axis=1, ddof=1), RESOLUTION)
    p = np.where(enough, 2 * stdtr(np.maximum(n - 1, 1), -np.abs(mean) * np.sqrt(n) / deviation), 1.0)
    alike = np.eye(len(logs), dtype=bool)
    alike[first, second] = alike[second, first] = np.array(holm(p.tolist())) > LEVEL
    return alike


def _groups(alike: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """The longest ranges of neighbours that are all alike."""
    reached = 0
    for start in range(len(alike)):
        stop = start + 1
        while stop < len(alike) and alike[start:stop, stop].all():
            stop += 1
        if stop > reached:
            reached = stop
            yield start, stop


def _letter(number: int) -> str:
    """The letters of a group: from a to z, then a2 to z2, and so on."""
    turn, place = divmod(number, len(ascii_lowercase))
    return ascii_lowercase[place] + (str(turn + 1) if turn else "")
