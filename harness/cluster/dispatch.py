"""Decides which unit goes to which host: events in, decisions out, without clock, transport or files.

Longest first (R. L. Graham, SIAM J. Appl. Math. 17 (1969), 416-429: at most a third longer than the best plan), dataset
by dataset: a free host takes the dataset with the most work left, and keeps it for all rounds, so that a case's rounds
differ only in time. Slow hosts get fewer datasets, as each is assigned only when it can start.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from harness.cluster.protocol import Delivery

MOST_DEATHS = 2
"""Failures after which a unit is given up; a single one may be the host's fault."""

LOST = "its host was lost"


@dataclass(frozen=True, order=True)
class Unit:
    """One dataset's cases of one round."""

    dataset: str
    """The dataset's label."""
    round: int
    seconds: float = field(default=0.0, compare=False)
    """Its estimated duration."""


@dataclass(frozen=True)
class Joined:
    """A host has joined, and is free."""

    host: str


@dataclass(frozen=True)
class Left:
    """A host is gone, with the unit it was measuring."""

    host: str
    why: str = ""
    """What the batch system says about it."""

    @property
    def reason(self) -> str:
        """The reason for a row."""
        return f"{LOST}: {self.why}" if self.why else LOST


@dataclass(frozen=True)
class Finished:
    """A host has measured a unit; without a delivery, nothing of it was left to measure."""

    host: str
    unit: Unit
    delivery: Delivery | None = None


@dataclass(frozen=True)
class Died:
    """A unit failed, and its host is still alive."""

    host: str
    unit: Unit
    reason: str


Event = Joined | Left | Finished | Died


@dataclass(frozen=True)
class Start:
    """Send the unit to the host."""

    host: str
    unit: Unit


@dataclass(frozen=True)
class Keep:
    """Record the unit's results: it is done, and no other host is measuring it."""

    unit: Unit


@dataclass(frozen=True)
class GiveUp:
    """Record that the unit cannot be measured, and why."""

    unit: Unit
    reasons: tuple[str, ...]


Decision = Start | Keep | GiveUp


class Dispatcher:
    """Assigns units to hosts. Every unit is kept or given up exactly once, whatever the hosts do.

    Parameters
    ----------
    units : iterable of Unit
        The units to measure.
    """

    def __init__(self, units: Iterable[Unit]) -> None:
        self._waiting: dict[str, list[Unit]] = defaultdict(list)
        for unit in sorted(units, reverse=True):
            self._waiting[unit.dataset].append(unit)  # first round last, as units are popped from the end
        self._free = {dataset: sum(unit.seconds for unit in left) for dataset, left in self._waiting.items()}
        self._own: dict[str, str] = {}
        self._under_way: dict[str, Unit | None] = {}
        self._deaths: dict[Unit, list[tuple[str, str]]] = defaultdict(list)

    @property
    def done(self) -> bool:
        """Whether every unit has been kept or given up."""
        return not self._free and not any(map(self._waiting.__getitem__, self._own.values())) and not self.under_way

    @property
    def under_way(self) -> dict[str, Unit]:
        """The unit of each busy host."""
        return {host: unit for host, unit in self._under_way.items() if unit is not None}

    @property
    def hosts(self) -> int:
        """The number of hosts."""
        return len(self._under_way)

    def take(self, event: Event) -> list[Decision]:
        """The decisions that follow from an event. A late event, about a unit its host no longer has, is ignored."""
        decisions: list[Decision] = [*self._settled(event)]
        for host, unit in self._under_way.items():
            if unit is None and (following := self._next(host)) is not None:
                self._under_way[host] = following
                decisions.append(Start(host, following))
        return decisions

    def _settled(self, event: Event) -> Iterator[Keep | GiveUp]:
        at = self._under_way.get(event.host)
        match event:
            case Joined(host):
                self._under_way.setdefault(host, None)
            case Left(host) as left:
                if at is not None:
                    yield from self._died(host, at, left.reason)
                self._under_way.pop(host, None)
            case Finished(host, unit) if unit == at:
                self._under_way[host] = None
                yield Keep(unit)
            case Died(host, unit, reason) if unit == at:
                self._under_way[host] = None
                yield from self._died(host, unit, reason)
            case _:
                pass

    def _died(self, host: str, unit: Unit, reason: str) -> Iterator[GiveUp]:
        """Retry a unit that died, and let another host take the rest of its dataset."""
        self._deaths[unit].append((host, reason))
        left = self._waiting[unit.dataset]
        if len(self._deaths[unit]) < MOST_DEATHS:
            left.append(unit)
        else:
            yield GiveUp(unit, tuple(reason for _, reason in self._deaths[unit]))
        self._own.pop(host)
        if left:
            self._free[unit.dataset] = sum(each.seconds for each in left)

    def _next(self, host: str) -> Unit | None:
        """The next unit for a free host, popped from the list."""
        dataset = self._own.get(host)
        if dataset is None or not self._waiting[dataset]:
            possible = [each for each in self._free if self._may(host, each)]
            dataset = max(possible, key=self._free.__getitem__, default=None)
            if dataset is None:
                return None
            self._own[host] = dataset
            del self._free[dataset]
        return self._waiting[dataset].pop()

    def _may(self, host: str, dataset: str) -> bool:
        """Whether a dataset's next unit has not died on this host, or no other host is left to try."""
        died_on = {each for each, _ in self._deaths.get(self._waiting[dataset][-1], ())}
        return host not in died_on or not self._under_way.keys() - died_on
