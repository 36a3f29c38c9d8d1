"""The dispatcher: which unit goes where, whatever hosts do; by laws, and in a simulation of a large cluster."""

import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from harness.cluster.dispatch import (
    LOST,
    MOST_DEATHS,
    Decision,
    Died,
    Dispatcher,
    Event,
    Finished,
    GiveUp,
    Joined,
    Keep,
    Left,
    Start,
    Unit,
)

A, B = "a", "b"


def started(decisions: Iterable[Decision]) -> list[Start]:
    return [each for each in decisions if isinstance(each, Start)]


def test_the_longest_dataset_is_begun_first_and_keeps_its_host_for_all_rounds() -> None:
    units = [Unit(dataset, number, seconds) for dataset, seconds in (("short", 1), ("long", 9)) for number in range(2)]
    dispatcher = Dispatcher(units)
    assert dispatcher.take(Joined(A)) == [Start(A, Unit("long", 0))]
    assert dispatcher.take(Joined(B)) == [Start(B, Unit("short", 0))]
    assert dispatcher.take(Finished(B, Unit("short", 0))) == [Keep(Unit("short", 0)), Start(B, Unit("short", 1))]
    assert dispatcher.take(Finished(B, Unit("short", 1))) == [Keep(Unit("short", 1))]
    assert dispatcher.take(Finished(A, Unit("long", 0))) == [Keep(Unit("long", 0)), Start(A, Unit("long", 1))]
    assert not dispatcher.done
    assert dispatcher.take(Finished(A, Unit("long", 1))) == [Keep(Unit("long", 1))]
    assert dispatcher.done


def test_what_a_lost_host_was_at_goes_on_elsewhere() -> None:
    dispatcher = Dispatcher([Unit("one", 0), Unit("one", 1)])
    dispatcher.take(Joined(A))
    dispatcher.take(Joined(B))
    assert dispatcher.take(Left(A)) == [Start(B, Unit("one", 0))]
    assert dispatcher.take(Finished(A, Unit("one", 0))) == [], "what a host tells that was given up is too late"
    assert dispatcher.take(Finished(B, Unit("one", 0))) == [Keep(Unit("one", 0)), Start(B, Unit("one", 1))]


def test_a_unit_that_dies_is_tried_on_another_host_and_given_up_with_both_reasons() -> None:
    dispatcher = Dispatcher([Unit("one", 0), Unit("one", 1)])
    dispatcher.take(Joined(A))
    dispatcher.take(Joined(B))
    assert dispatcher.take(Died(A, Unit("one", 0), "no memory")) == [Start(B, Unit("one", 0))]
    given_up, following = dispatcher.take(Left(B, "Slurm's job 7 ended: TIMEOUT"))
    assert given_up == GiveUp(Unit("one", 0), ("no memory", f"{LOST}: Slurm's job 7 ended: TIMEOUT"))
    assert following == Start(A, Unit("one", 1))


def test_where_there_is_no_other_host_the_same_one_tries_again() -> None:
    dispatcher = Dispatcher([Unit("one", 0)])
    dispatcher.take(Joined(A))
    assert dispatcher.take(Died(A, Unit("one", 0), "odd")) == [Start(A, Unit("one", 0))]


class Cluster(RuleBasedStateMachine):
    """Hosts that come, go, finish, fail and tell stale news, in any order."""

    @initialize(shape=st.lists(st.tuples(st.integers(1, 4), st.floats(0, 10)), min_size=1, max_size=5))
    def begin(self, shape: list[tuple[int, float]]) -> None:
        self.units = [Unit(f"d{i}", number, each) for i, (rounds, each) in enumerate(shape) for number in range(rounds)]
        self.dispatcher = Dispatcher(self.units)
        self.at: dict[str, Unit | None] = {}
        self.ended: Counter[Unit] = Counter()
        self.deaths: Counter[Unit] = Counter()
        self.homes: dict[str, str] = {}
        self.old: list[tuple[str, Unit]] = []
        self.names = 0

    def tell(self, event: Event) -> None:
        for decision in self.dispatcher.take(event):
            match decision:
                case Start(host, unit):
                    assert self.at[host] is None, "one unit at a time, on a host that is there"
                    assert unit not in [*self.at.values(), *self.ended], "no unit twice"
                    assert self.homes.setdefault(unit.dataset, host) == host, "all rounds on one host"
                    self.at[host] = unit
                    self.old.append((host, unit))
                case Keep(unit):
                    self.ended[unit] += 1
                case GiveUp(unit, reasons):
                    self.ended[unit] += 1
                    assert len(reasons) == self.deaths[unit] == MOST_DEATHS

    def freed(self, host: str, *, lost: bool) -> Unit:
        unit = self.at[host]
        assert unit is not None
        self.at[host] = None
        if lost:
            self.deaths[unit] += 1
            self.homes.pop(unit.dataset)
        return unit

    @rule()
    @precondition(lambda self: len(self.at) < 4)
    def join(self) -> None:
        self.names += 1
        self.at[f"h{self.names}"] = None
        self.tell(Joined(f"h{self.names}"))

    @rule(data=st.data())
    @precondition(lambda self: self.at)
    def leave(self, data: st.DataObject) -> None:
        host = data.draw(st.sampled_from(sorted(self.at)))
        if self.at[host] is not None:
            self.freed(host, lost=True)
        self.at.pop(host)
        self.homes = {dataset: home for dataset, home in self.homes.items() if home != host}
        self.tell(Left(host))

    @rule(data=st.data(), dies=st.booleans())
    @precondition(lambda self: any(self.at.values()))
    def end(self, data: st.DataObject, dies: bool) -> None:
        host = data.draw(st.sampled_from(sorted(host for host, unit in self.at.items() if unit)))
        unit = self.freed(host, lost=dies)
        self.tell(Died(host, unit, "died") if dies else Finished(host, unit))

    @rule(data=st.data(), dies=st.booleans())
    @precondition(lambda self: self.old)
    def stale(self, data: st.DataObject, dies: bool) -> None:
        host, unit = data.draw(st.sampled_from(self.old))
        if self.at.get(host) != unit:
            self.tell(Died(host, unit, "late") if dies else Finished(host, unit))

    @invariant()
    def nobody_idles_while_there_is_work_that_is_nobodys(self) -> None:
        if not hasattr(self, "at") or not self.at:
            return
        waiting = {unit.dataset for unit in self.units if not self.ended[unit] and unit not in self.at.values()}
        busy = {unit.dataset for unit in self.at.values() if unit}
        if all(unit is None for unit in self.at.values()):
            assert not waiting - busy, "some host is there, none is at work, and work is left"

    def teardown(self) -> None:
        """However it went, one faithful host finishes everything: each unit once."""
        if not hasattr(self, "at"):
            return
        for host in sorted(self.at):
            if self.at[host] is not None:
                self.freed(host, lost=True)
            self.at.pop(host)
            self.homes = {dataset: home for dataset, home in self.homes.items() if home != host}
            self.tell(Left(host))
        self.at["last"] = None
        self.tell(Joined("last"))
        while self.at["last"] is not None:
            self.tell(Finished("last", self.freed("last", lost=False)))
        assert self.dispatcher.done
        assert self.ended == Counter(self.units)


TestCluster = Cluster.TestCase
TestCluster.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


class Simulated:
    """Hosts with invented times: some slow, some lost for good, units that straggle, units that kill theirs."""

    def __init__(self, units: Sequence[Unit], hosts: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.dispatcher = Dispatcher(units)
        self.speed = {f"h{i}": self.random.choice([0.5, *[1.0] * 9]) for i in range(hosts)}
        self.kept: Counter[Unit] = Counter()
        self.given_up: Counter[Unit] = Counter()
        self.hosts_of: dict[str, set[str]] = defaultdict(set)
        self.worked = 0.0
        self.now = 0.0
        self.lost: dict[str, float] = {}
        self._future: list[tuple[float, int, Event]] = []
        self._count = 0
        self._poison = set(self.random.sample(units, 3))
        for host in self.speed:
            self._at(0.0, Joined(host))
        total = sum(unit.seconds for unit in units) / hosts
        for host in self.random.sample(sorted(self.speed), 5):
            self.lost[host] = self.random.uniform(0.05, 0.9) * total
            self._at(self.lost[host], Left(host))

    def _at(self, when: float, event: Event) -> None:
        self._count += 1
        heapq.heappush(self._future, (when, self._count, event))

    def _begin(self, host: str, unit: Unit) -> None:
        self.hosts_of[unit.dataset].add(host)
        slower = self.random.choice([4.0, *[1.0] * 49]) * self.random.uniform(0.9, 1.1)
        took = unit.seconds * slower / self.speed[host]
        if unit in self._poison or self.random.random() < 0.002:
            self._at(self.now + 0.5 * took, Died(host, unit, "segmentation fault"))
        else:
            self._at(self.now + took, Finished(host, unit))
        if self.now + took <= self.lost.get(host, float("inf")):
            self.worked += unit.seconds * slower

    def run(self) -> float:
        while not self.dispatcher.done:
            self.now, _, event = heapq.heappop(self._future)
            for decision in self.dispatcher.take(event):
                match decision:
                    case Start(host, unit):
                        self._begin(host, unit)
                    case Keep(unit):
                        self.kept[unit] += 1
                    case GiveUp(unit, _):
                        self.given_up[unit] += 1
        return self.now

    def bound(self) -> float:
        """The least time in which hosts as fast as these could have done what was done, were every unit divisible."""
        low, high = 0.0, 1e9
        while high - low > 1e-3:
            time = (low + high) / 2
            able = sum(speed * min(time, self.lost.get(host, time)) for host, speed in self.speed.items())
            low, high = (time, high) if able < self.worked else (low, time)
        return high


@pytest.mark.slow
def test_ten_thousand_cells_of_twelve_rounds_on_a_hundred_hosts_that_fail_and_straggle() -> None:
    for seed in range(2):
        rng = random.Random(seed)
        sizes: list[int] = []
        while sum(sizes) < 10_000:
            sizes.append(min(rng.randint(2, 18), 10_000 - sum(sizes)))
        weights = [cells * rng.lognormvariate(0.0, 0.2) for cells in sizes]  # the plan gives each as many seconds
        units = [Unit(f"d{i}", number, each) for i, each in enumerate(weights) for number in range(12)]
        simulated = Simulated(units, 100, seed)
        makespan = simulated.run()
        assert simulated.kept + simulated.given_up == Counter(units), "no unit is lost, none is done twice"
        assert len(simulated.given_up) < 10
        moved = sum(len(hosts) > 1 for hosts in simulated.hosts_of.values())
        assert moved < 0.05 * len(sizes), "a dataset moves only where its host or its unit died"
        assert makespan <= 1.15 * simulated.bound(), (makespan, simulated.bound())
