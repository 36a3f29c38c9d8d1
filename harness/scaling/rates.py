"""What a method achieves: the operations and bytes that its backend declares, over the time it took.

Nothing but the time is measured. A method that does more than it declares achieves more than this says, and data that
stay in a cache can pass faster than from memory.
"""

from typing import NamedTuple

from harness.machine import Roof
from harness.results import Row


class Achieved(NamedTuple):
    """Of one row."""

    flops_per_second: float
    bytes_per_second: float
    intensity: float | None
    """Operations per byte; None where no bytes are declared."""
    share: float | None
    """Of the most operations per second that the machine can do at that intensity; None of a GPU, of another machine,
    and where the limits are not known."""

    def record(self) -> dict[str, float | None]:
        """As ``linbench scaling --format json`` has it."""
        return self._asdict()


def achieved(row: Row | None, roof: Roof | None = None) -> Achieved | None:
    """From the row's median time per call; None where it was not timed, or its backend declares no cost."""
    if row is None or row.worst.cost is None or row.timing is None or row.timing.median <= 0:
        return None
    cost, timing = row.worst.cost, row.timing
    flops, moved = cost.flops / timing.median, cost.bytes / timing.median
    intensity = cost.flops / cost.bytes if cost.bytes else None
    most, here = None, all(each.host is None for each in row.measurements)
    if roof is not None and here and intensity and row.case.device == "cpu":
        most = roof.at(intensity, row.case.dtype)
    return Achieved(flops, moved, intensity, flops / most if most else None)
