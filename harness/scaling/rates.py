"""Achieved rates: the operations and bytes that a backend declares, over the measured time.

Only the time is measured. A method that does more than it declares achieves more than this, and data in a cache can be
faster than memory.
"""

from typing import NamedTuple

from harness.machine import Roof
from harness.results import Row


class Achieved(NamedTuple):
    """The achieved rates of a row."""

    flops_per_second: float
    bytes_per_second: float
    intensity: float | None
    """Declared operations per byte; None where no bytes are declared."""
    share: float | None
    """Share of the roof: the machine's most operations per second at that intensity. None for a GPU, for another
    machine, and where the peak rates are unknown."""

    def record(self) -> dict[str, float | None]:
        """The rates as in ``linbench scaling --format json``."""
        return self._asdict()


def achieved(row: Row | None, roof: Roof | None = None) -> Achieved | None:
    """The rates at the row's median time; None where it was not timed, or its backend declares no cost."""
    if row is None or row.worst.cost is None or row.timing is None or row.timing.median <= 0:
        return None
    cost, timing = row.worst.cost, row.timing
    flops, moved = cost.flops / timing.median, cost.bytes / timing.median
    intensity = cost.flops / cost.bytes if cost.bytes else None
    most, here = None, all(each.host is None for each in row.measurements)
    if roof is not None and here and intensity and row.case.device == "cpu":
        most = roof.at(intensity, row.case.dtype)
    return Achieved(flops, moved, intensity, flops / most if most else None)
