"""What other tools' rules say of the same samples: is the new side slower? For the table of `gate_power` alone.

Each takes the samples of some fresh processes a side, as many of them as the tool would have measured.
"""

import math
from collections.abc import Callable, Sequence
from statistics import fmean, median, variance

from scipy import stats

__all__ = ["PEERS", "asv", "mean_5", "median_5", "pyperf"]

Processes = Sequence[Sequence[float]]
"""Seconds a call, process by process."""


def median_5(old: Processes, new: Processes) -> bool:
    """pytest-benchmark, ``--benchmark-compare-fail=median:5%``: one process a side, no test."""
    return median(new[0]) > 1.05 * median(old[0])


def mean_5(old: Processes, new: Processes) -> bool:
    """pytest-benchmark, ``--benchmark-compare-fail=mean:5%``."""
    return fmean(new[0]) > 1.05 * fmean(old[0])


def asv(old: Processes, new: Processes) -> bool:
    """asv continuous: two processes and ten samples a side, Mann-Whitney at 0.002, medians apart by a factor of 1.1."""
    before, after = ([each for process in side[:2] for each in process[:5]] for side in (old, new))
    if median(after) <= 1.1 * median(before):
        return False
    return bool(stats.mannwhitneyu(before, after, alternative="two-sided").pvalue < 0.002)


def pyperf(old: Processes, new: Processes) -> bool:
    """pyperf compare_to: three values of every process pooled, Student's t-test at 95 %, no margin."""
    before, after = ([each for process in side for each in process[:3]] for side in (old, new))
    difference = fmean(after) - fmean(before)
    freedom = len(before) + len(after) - 2
    pooled = ((len(before) - 1) * variance(before) + (len(after) - 1) * variance(after)) / freedom
    error = math.sqrt(pooled * (1 / len(before) + 1 / len(after)))
    return error > 0 and difference / error > float(stats.t.ppf(0.975, freedom))


PEERS: dict[str, Callable[[Processes, Processes], bool]] = {
    "pytest-benchmark `median:5%`, 1 process": median_5,
    "pytest-benchmark `mean:5%`, 1 process": mean_5,
    "asv, 2 processes, 10 samples": asv,
    "pyperf, 3 values a process": pyperf,
}
