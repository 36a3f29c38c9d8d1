"""A case being measured: what it has given so far, and how much of its time is left."""

from dataclasses import asdict, dataclass, field

from harness.config import Case
from harness.results import Descent, Measurement, Status, now
from harness.runner.executor import Failure, Lost
from harness.runner.judge import Judged
from harness.runner.judge_many import JudgedMany
from harness.runner.problems import PreparedProblem
from harness.runner.protocol import Closed, Greeting, Opened, Sampled
from harness.runner.timekeeping import drifted, why_impossible, why_own_impossible

TURN = 0.02
"""Seconds for which a case is measured before the next is drawn: its samples share the overhead of a turn."""

MOST_SAMPLES = 10_000
"""Samples after which a case has enough, however short they are."""

FEWEST_SAMPLES = 3
"""Samples taken even if they exceed the plan's seconds, up to four times that."""


@dataclass(eq=False)
class Ongoing:
    """A case being measured in one round."""

    case: Case
    problem: PreparedProblem
    left: float
    """Seconds of its limit that are left."""
    started: str = field(default_factory=now)
    opened: Opened | None = None
    elapsed: float = 0.0
    """Seconds of samples so far."""
    notes: list[str] = field(default_factory=list)
    """What a reader of its row should know."""
    first_failure: Failure | None = None
    """Its failure in a shared worker, for which it is measured again alone."""
    _repeats: int = 1
    _claimed: float = 0.0
    _waited: float = 0.0
    _seconds: list[float] = field(default_factory=list)
    _cpu_seconds: list[float] = field(default_factory=list)
    _control: list[float] = field(default_factory=list)
    _stream: list[float] = field(default_factory=list)
    _own_seconds: list[float] = field(default_factory=list)
    _order: list[int] = field(default_factory=list)

    def enough(self, wanted: float) -> bool:
        """Whether the plan's seconds of samples are taken, or so many samples that more would add nothing."""
        taken = len(self._seconds)
        several = taken >= FEWEST_SAMPLES or self.elapsed >= 4 * wanted
        return (self.elapsed >= wanted and several) or taken >= MOST_SAMPLES

    def samples_per_turn(self) -> int:
        """Samples that fit into a turn, at least one; a request for each would add a tenth to a short one."""
        if not self._seconds:
            return 1
        longest = self._seconds[-1] * self._repeats + self._control[-1]
        return max(1, int(TURN / longest)) if longest > 0 else 1

    def take(self, sampled: Sampled, first: int, waited: float) -> None:
        """Keep samples.

        Parameters
        ----------
        first : int
            The round's number of the first of them.
        waited : float
            Seconds that the request took by the harness's clock.

        Raises
        ------
        Lost
            When they cannot have taken what the worker says.
        """
        spent = sum(sampled.seconds) * sampled.repeats
        self._repeats = sampled.repeats
        self._seconds += sampled.seconds
        self._cpu_seconds += sampled.cpu_seconds
        self._control += sampled.control
        self._stream += sampled.stream
        self._own_seconds += sampled.own_seconds
        self._order += range(first, first + len(sampled.seconds))
        self._claimed += spent + sum(sampled.control) + sum(sampled.stream)
        self._waited += waited
        self.elapsed += spent
        if why := why_impossible(self._claimed, self._waited) or why_own_impossible(sampled):
            raise Lost("error", why)

    def note(self, text: str) -> None:
        """Add a note, once."""
        if text not in self.notes:
            self.notes.append(text)

    def restart(self, limit: float) -> None:
        """Discard the samples, taken in a worker that is gone."""
        self.left = limit
        self.elapsed = self._claimed = self._waited = 0.0
        self._repeats = 1
        self.opened = None
        taken = self._seconds, self._cpu_seconds, self._control, self._stream, self._own_seconds, self._order
        for samples in taken:
            samples.clear()

    def _versions(self, greeting: Greeting | None) -> dict[str, str]:
        """Versions that the worker found, and those that only the prepared method knows."""
        found = {} if greeting is None else greeting.versions
        return {**found, **({} if self.opened is None else self.opened.versions)}

    def _notes(self, status: Status) -> tuple[str, ...]:
        """The notes, with one for a failure in a shared worker that did not recur alone."""
        if self.first_failure is None or self.first_failure.status == status:
            return tuple(self.notes)
        beside = (
            f"{self.first_failure.status} beside other cases, not in a process of its own: {self.first_failure.reason}"
        )
        return *self.notes, beside

    def failed(self, number: int, status: Status, reason: str, greeting: Greeting | None) -> Measurement:
        """The measurement of a case that failed in this round."""
        return Measurement(
            case=self.case.id,
            round=number,
            status=status,
            reason=reason,
            started=self.started,
            versions=self._versions(greeting),
            data=self.problem.record.data,
            notes=self._notes(status),
        )

    def measured(
        self,
        number: int,
        judged: Judged | JudgedMany,
        closed: Closed,
        greeting: Greeting | None,
        descent: Descent | None,
    ) -> Measurement:
        """The measurement of a case whose samples are taken."""
        assert self.opened is not None  # noqa: S101 - it has samples
        opened = {**asdict(self.opened), "versions": self._versions(greeting)}
        return Measurement(
            case=self.case.id,
            round=number,
            status=judged.status,
            reason=judged.reason,
            started=self.started,
            seconds=tuple(self._seconds),
            cpu_seconds=tuple(self._cpu_seconds),
            control=tuple(self._control),
            stream=tuple(self._stream),
            own_seconds=tuple(self._own_seconds),
            order=tuple(self._order),
            control_drift=greeting is not None and drifted(greeting.control, self._control),
            repeats=self._repeats,
            differing_fits=closed.differing_fits,
            pools=closed.pools,
            data=self.problem.record.data,
            scores=judged.scores,
            descent=descent,
            notes=self._notes(judged.status),
            **opened,
            **judged.answer,
        )
