"""A case at work: what it has given so far, and how much of its time is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from harness.config import Case
from harness.results import Descent, Measurement, Status, now
from harness.runner.judge import Judged
from harness.runner.problems import PreparedProblem
from harness.runner.protocol import Closed, Opened, Sampled

__all__ = ["FEWEST_SAMPLES", "TURN", "Ongoing"]

TURN = 0.01
"""Seconds a case is measured before the next is drawn."""

FEWEST_SAMPLES = 3
"""Samples a case is given even if they take longer than the plan's seconds, but not longer than four times that."""


@dataclass(eq=False)
class Ongoing:
    """A case at work in one round.

    Attributes
    ----------
    case : Case
    problem : PreparedProblem
    left : float
        Seconds of its limit that are left.
    elapsed : float
        Seconds of samples so far.
    """

    case: Case
    problem: PreparedProblem
    left: float
    started: str = field(default_factory=now)
    opened: Opened | None = None
    elapsed: float = 0.0
    _seconds: list[float] = field(default_factory=list)
    _cpu_seconds: list[float] = field(default_factory=list)
    _control: list[float] = field(default_factory=list)
    _order: list[int] = field(default_factory=list)

    @property
    def repeats(self) -> int:
        """Calls per sample."""
        return 1 if self.opened is None else self.opened.repeats

    def enough(self, wanted: float) -> bool:
        """Whether the plan's seconds of samples are there."""
        return self.elapsed >= wanted and (len(self._seconds) >= FEWEST_SAMPLES or self.elapsed >= 4 * wanted)

    def samples_per_turn(self) -> int:
        """Samples that fit into a turn, at least one: asking for each alone would cost a tenth of a short one."""
        if not self._seconds:
            return 1
        longest = self._seconds[-1] * self.repeats + self._control[-1]
        return max(1, int(TURN / longest)) if longest > 0 else 1

    def take(self, sampled: Sampled, first: int) -> None:
        """Keep samples, of which the first is the round's sample number ``first``."""
        self._seconds += sampled.seconds
        self._cpu_seconds += sampled.cpu_seconds
        self._control += sampled.control
        self._order += range(first, first + len(sampled.seconds))
        self.elapsed += sum(sampled.seconds) * self.repeats

    def begin_again(self, limit: float) -> None:
        """Forget the samples of a worker that was lost through no fault of this case."""
        self.left = limit
        self.elapsed = 0.0
        self.opened = None
        for samples in (self._seconds, self._cpu_seconds, self._control, self._order):
            samples.clear()

    def failed(self, number: int, status: Status, reason: str, versions: Mapping[str, str]) -> Measurement:
        """The measurement of a case that came to nothing in this round."""
        return Measurement(
            case=self.case.id,
            round=number,
            status=status,
            reason=reason,
            started=self.started,
            versions=versions,
            data=self.problem.record.data,
        )

    def measured(
        self, number: int, judged: Judged, closed: Closed, versions: Mapping[str, str], descent: Descent | None
    ) -> Measurement:
        """The measurement of a case whose samples are taken."""
        assert self.opened is not None  # noqa: S101 - it has samples
        return Measurement(
            case=self.case.id,
            round=number,
            status=judged.status,
            reason=judged.reason,
            started=self.started,
            seconds=tuple(self._seconds),
            cpu_seconds=tuple(self._cpu_seconds),
            control=tuple(self._control),
            order=tuple(self._order),
            differing_fits=closed.differing_fits,
            pools=closed.pools or {},
            versions=versions,
            data=self.problem.record.data,
            scores=judged.scores,
            coef_original=judged.coef_original,
            intercept_original=judged.intercept_original,
            descent=descent,
            **asdict(self.opened),
            **asdict(judged.fit),
        )
