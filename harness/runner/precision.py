"""Which cases are known precisely enough to need no further rounds."""

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol

from harness.results import Measurement
from harness.stats import paired, spread

FEWEST_TO_STOP = 6
"""Rounds before an interval may stop a case: of fewer, some are narrow by chance."""

CONFIDENCE = 0.95


class Stopping(Protocol):
    """Decides after each round which cases need no further one."""

    @property
    def active(self) -> bool:
        """Whether it may ever leave a case out."""

    def begin(self) -> None:
        """A round is about to begin. Time before the first call, spent on building environments, does not count."""

    def add(self, measurement: Measurement) -> None:
        """Take a round into account."""

    def reached(self, case: str) -> bool:
        """Whether the case needs no further round."""


class Precision:
    """Fixed-width sequential estimation (Chow & Robbins, Ann. Math. Statist. 36 (1965), 457-462) of each case's time.

    Parameters
    ----------
    wanted : float or None
        Relative half-width of the interval; with None no case is ever stopped.
    earlier : iterable of Measurement
        The measurements that a resumed run already has.
    """

    def __init__(self, wanted: float | None, earlier: Iterable[Measurement] = ()) -> None:
        self._wanted = wanted
        self._logs: dict[str, list[float]] = defaultdict(list)
        for each in earlier:
            self.add(each)

    @property
    def active(self) -> bool:
        """Whether a precision is wanted."""
        return self._wanted is not None

    def begin(self) -> None:
        """Nothing to do: an interval does not depend on elapsed time."""

    def add(self, measurement: Measurement) -> None:
        """Take a round's median into account."""
        found = spread(measurement.seconds)
        if found is not None and found.median > 0:
            self._logs[measurement.case].append(math.log(found.median))

    def reached(self, case: str) -> bool:
        """Whether the case's interval is narrow enough."""
        logs = self._logs[case]
        if self._wanted is None or len(logs) < FEWEST_TO_STOP:
            return False
        low, high = paired(logs).interval(CONFIDENCE)
        return math.expm1((high - low) / 2) <= self._wanted
