"""Which unit goes to which host: events in, decisions out. Knows no clock, no transport and no file.

Longest first (R. L. Graham, SIAM J. Appl. Math. 17 (1969), 416-429: at most a third longer than the best plan), dataset
by dataset: a host that is free takes the dataset with the most work left, and keeps it for all of its rounds, so that
the rounds of a case differ by nothing but the hour. Hosts that are slow take fewer datasets, for none is given out
before it can be begun.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from harness.cluster.errand import Delivery

MOST_DEATHS = 2
"""Times that a unit may die before it is given up: once may be the host's fault."""

LOST = "its host was lost"


@dataclass(frozen=True, order=True)
class Unit:
    """One dataset's cases of one round."""

    dataset: str
    """The dataset's label."""
    round: int
    seconds: float = field(default=0.0, compare=False)
    """How long it will take, as far as is known."""


@dataclass(frozen=True)
class Joined:
    """A host is there, and free."""

    host: str


@dataclass(frozen=True)
class Left:
    """A host is gone, with what it was at."""

    host: str
    why: str = ""
    """What its batch system says of it."""

    @property
    def reason(self) -> str:
        """As a row has it."""
        return f"{LOST}: {self.why}" if self.why else LOST


@dataclass(frozen=True)
class Finished:
    """A host has measured a unit; no delivery where nothing of it had to be measured any more."""

    host: str
    unit: Unit
    delivery: Delivery | None = None


@dataclass(frozen=True)
class Died:
    """A unit came to nothing, and its host is still there."""

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
    """Put on record what the unit came to: it is done, and nobody else is at it."""

    unit: Unit


@dataclass(frozen=True)
class GiveUp:
    """Put on record that the unit cannot be measured, and why."""

    unit: Unit
    reasons: tuple[str, ...]


Decision = Start | Keep | GiveUp


class Dispatcher:
    """Every unit is kept or given up exactly once, whatever the hosts do.

    Parameters
    ----------
    units : iterable of Unit
        What is to be measured.
    """

    def __init__(self, units: Iterable[Unit]) -> None:
        self._waiting: dict[str, list[Unit]] = defaultdict(list)
        for unit in sorted(units, reverse=True):
            self._waiting[unit.dataset].append(unit)  # the first round last, where it is taken from
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
        """The unit that each busy host is at."""
        return {host: unit for host, unit in self._under_way.items() if unit is not None}

    @property
    def hosts(self) -> int:
        """How many hosts there are."""
        return len(self._under_way)

    def take(self, event: Event) -> list[Decision]:
        """What is to be done about an event. What is told of a unit that its host is not at is too late: ignored."""
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
        """A unit that died is tried again, and what is left of its dataset may go on elsewhere."""
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
        """The unit that a free host is to measure, taken off the list."""
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
        """Whether a dataset's next unit has not died on this host, or there is no other to try."""
        died_on = {each for each, _ in self._deaths.get(self._waiting[dataset][-1], ())}
        return host not in died_on or not self._under_way.keys() - died_on
