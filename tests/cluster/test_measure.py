"""A run on hosts that answer what is written down: what comes back is written once, whatever they do."""

import re
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import pytest

from backends.numpy_lstsq import NumpyLstsq
from harness.cluster import measure as module
from harness.cluster.dask_pool import DaskPool
from harness.cluster.dispatch import Died, Finished, Left, Unit
from harness.cluster.measure import WRONG_CASES, inquiry_of, measure_on
from harness.cluster.pool import Arrived, News, Unfit
from harness.cluster.protocol import Delivery, Doing, HostFacts, Inquiry, Order
from harness.cluster.unlike import unlike_hosts
from harness.cluster.where import pool_at
from harness.config import Case, Component
from harness.config.cluster import Cluster
from harness.datasets.normal import Normal
from harness.errors import ClusterError, StoreError
from harness.machine import Host, Machine
from harness.passes import Tell
from harness.records import from_json, json_text, values_of
from harness.results import Descent, Measurement, ProblemRecord, Run, RunWriter, Store, load_run
from tests.support.paths import ROOT
from tests.support.scripted import Watcher, case, suite_of

SUITE = suite_of([case("a", seed=1), case("b", seed=1), case("c", seed=2)], rounds=3)
ONE, TWO = (HostFacts(host=Host(machine=Machine(id=each * 12, cpu=each), node=each), versions={"numpy": "2.4.6"})
            for each in "12")  # fmt: skip


def delivered(order: Order, host: HostFacts = ONE, data: str = "d") -> Delivery:
    """What a faithful host answers."""
    problems = {(key.dataset_label, key.dtype): data + key.dataset_label for key in order.cases}
    return Delivery(
        measurements=tuple(
            Measurement(case=key.id, round=order.round, status="ok", data=data + key.dataset_label, host=host.host)
            for key in order.cases
        ),
        problems=tuple(
            ProblemRecord(dataset_label=label, dtype=dtype, data=each, n_samples=3, n_features=1)
            for (label, dtype), each in problems.items()
        ),
    )


Answer = Callable[[str, Unit, Order], Sequence[News]]


def faithful(host: str, unit: Unit, order: Order) -> Sequence[News]:
    return [Finished(host, unit, delivered(order, {"h1": ONE, "h2": TWO}[host]))]


class Scripted:
    """A pool whose hosts answer by a function."""

    where = "script"

    def __init__(self, answer: Answer = faithful, hosts: Sequence[Arrived | Unfit] = (Arrived("h1", ONE),)) -> None:
        self._answer = answer
        self._hosts = hosts
        self.news: deque[News] = deque()
        self.orders: list[tuple[str, Order]] = []

    def gather(self, *, everyone: bool = False) -> Sequence[Arrived | Unfit]:
        return self._hosts

    def start(self, host: str, unit: Unit, order: Order) -> None:
        there = from_json(Order, json_text(values_of(order)))
        assert there == order, "an order is the same after its journey"
        self.orders.append((host, there))
        self.news.extend(self._answer(host, unit, there))

    def next(self) -> News | None:
        return self.news.popleft() if self.news else None

    def everywhere(self, ask: Callable[[], str], hosts: Sequence[str]) -> Sequence[str]:
        return [ask() for _ in hosts]

    def close(self, *, interrupted: bool) -> None:
        pass


def run(tmp_path: Path, pool: Scripted) -> Run:
    return _measured(Store(tmp_path / "results").create(SUITE, Machine(), None), pool)


def resume(tmp_path: Path, pool: Scripted) -> Run:
    writer = Store(tmp_path / "results").resume(SUITE)
    assert writer is not None
    return _measured(writer, pool)


def _measured(writer: RunWriter, pool: Scripted, watcher: Watcher | None = None) -> Run:
    with closing(writer):
        measure_on(SUITE, writer, watcher or Watcher(), pool)
    return load_run(writer.path)


def once(measured: Run) -> None:
    """Every case of every round is a row, once."""
    found = Counter((each.case, each.round) for each in measured.measurements)
    assert found == Counter((each.id, number) for each in SUITE.cases for number in range(3))
    assert measured.finished


def test_every_case_is_written_once_with_its_host_and_a_dataset_stays_on_one(tmp_path: Path) -> None:
    measured = run(tmp_path, Scripted(hosts=[Arrived("h1", ONE), Arrived("h2", TWO)]))
    once(measured)
    hosts = {(each.case.partition("/")[0], each.host) for each in measured.measurements}
    assert {host for _, host in hosts} == {ONE.host, TWO.host}
    assert len(hosts) == 2
    assert len(measured.problems) == 2


def test_the_descent_of_a_case_is_walked_once(tmp_path: Path) -> None:
    def answer(host: str, unit: Unit, order: Order) -> Sequence[News]:
        found = delivered(order)
        walked = tuple(replace(each, descent=Descent()) for each in found.measurements)
        return [Finished(host, unit, replace(found, measurements=walked))]

    pool = Scripted(answer)
    once(run(tmp_path, pool))
    assert all(len(order.with_descent) == (len(order.cases) if order.round else 0) for _, order in pool.orders)


def test_a_lost_host_costs_nothing_where_there_is_another(tmp_path: Path) -> None:
    def answer(host: str, unit: Unit, order: Order) -> Sequence[News]:
        return [Left("h1")] if host == "h1" else faithful(host, unit, order)

    measured = run(tmp_path, Scripted(answer, [Arrived("h1", ONE), Arrived("h2", TWO)]))
    once(measured)
    assert {each.status for each in measured.measurements} == {"ok"}


def test_a_unit_that_dies_twice_is_rows_with_both_reasons(tmp_path: Path) -> None:
    def answer(host: str, unit: Unit, order: Order) -> Sequence[News]:
        return [Died(host, unit, f"odd on {host}")] if unit.round == 1 else faithful(host, unit, order)

    measured = run(tmp_path, Scripted(answer, [Arrived("h1", ONE), Arrived("h2", TWO)]))
    once(measured)
    failed = [each for each in measured.measurements if each.round == 1]
    assert {each.status for each in failed} == {"crashed"}
    assert all("odd on h1" in each.reason and "odd on h2" in each.reason for each in failed)


@pytest.mark.parametrize("kept", [0, 2])
def test_a_host_that_answers_with_other_cases_is_not_believed(tmp_path: Path, kept: int) -> None:
    def answer(host: str, unit: Unit, order: Order) -> Sequence[News]:
        found = delivered(order).measurements
        return [Finished(host, unit, Delivery(measurements=(found * 2)[: kept * len(found)]))]

    measured = run(tmp_path, Scripted(answer))
    once(measured)
    assert all(WRONG_CASES in each.reason for each in measured.measurements)


def test_other_data_on_another_host_are_refused_with_the_reason(tmp_path: Path) -> None:
    def answer(host: str, unit: Unit, order: Order) -> Sequence[News]:
        if host == "h1" and unit.round == 1:
            return [Left("h1"), Arrived("h2", TWO)]
        return [Finished(host, unit, delivered(order, data=host))]

    measured = run(tmp_path, Scripted(answer))
    once(measured)
    refused = [each for each in measured.measurements if each.status == "error"]
    assert refused
    assert all("fingerprint h1" in each.reason and each.coef is None for each in refused)


def test_an_interrupted_run_goes_on_and_is_refused_over_other_data(tmp_path: Path) -> None:
    def interrupted(host: str, unit: Unit, order: Order) -> Sequence[News]:
        if unit.round == 2:
            raise KeyboardInterrupt
        return faithful(host, unit, order)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Scripted(interrupted))
    with pytest.raises(StoreError, match="changed while the run was interrupted"):
        resume(tmp_path, Scripted(lambda host, unit, order: [Finished(host, unit, delivered(order, data="x"))]))
    pool = Scripted()
    once(resume(tmp_path, pool))
    assert len(pool.orders) < 6, "what is on record is not measured again"


def told(tmp_path: Path, answer: Answer, hosts: int) -> list[str]:
    """What the observer is told of a run on so many hosts, each line once as long as it stays the same."""
    watcher = Watcher()
    pool = Scripted(answer, [Arrived(f"h{i}", ONE) for i in range(1, hosts + 1)])
    once(_measured(Store(tmp_path / "results").create(SUITE, Machine(), None), pool, watcher))
    return [line for line, _ in groupby(watcher.told)]


def test_how_far_a_pass_on_a_host_is_reaches_the_observer_until_it_is_over(tmp_path: Path) -> None:
    def answer(host: str, unit: Unit, order: Order) -> Sequence[News]:
        passes = ("rows to disk, 1 of 2", "rows to disk, 2 of 2", "") if not unit.round else ()
        return [*(Doing(host=host, what=each) for each in passes), Finished(host, unit, delivered(order))]

    one, two = (f"1 of 1 hosts at work: {label}" for label in sorted({each.dataset.label for each in SUITE.cases}))
    rows = [f"1 of 1 hosts at work: rows to disk, {i} of 2" for i in (1, 2)]
    heard = told(tmp_path, answer, 1)
    assert heard[heard.index(rows[0]) :][:3] in ([*rows, one], [*rows, two])


def test_a_pass_of_a_unit_that_has_ended_is_not_told_of_any_more(tmp_path: Path) -> None:
    def answer(host: str, unit: Unit, order: Order) -> Sequence[News]:
        doing = [Doing(host=host, what="exact sums, 1 of 2")] if not unit.round else []
        return [*doing, Finished(host, unit, delivered(order))]

    heard = told(tmp_path, answer, 1)
    at = [i for i, line in enumerate(heard) if "exact sums" in line]
    assert at
    assert all("exact sums" not in heard[i + 1] for i in at)


def test_of_many_passes_some_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PASSES", 1)

    def answer(host: str, unit: Unit, order: Order) -> Sequence[News]:
        doing = [Doing(host="h1", what="sums"), Doing(host="h2", what="rows"), Doing(host="h3", what="of no host")]
        return [*doing, Finished(host, unit, delivered(order))]

    heard = told(tmp_path, answer, 2)
    assert "2 of 2 hosts at work: sums and 1 more" in heard
    assert not any("no host" in line for line in heard)


class Client:
    """Of a scheduler, as far as events go."""

    def subscribe_topic(self, topic: str, handler: Callable[[tuple[float, object]], None]) -> None:
        self.topic, self.handler = topic, handler


@dataclass
class Worker:
    """Dask's, whose events reach the client."""

    client: Client
    address: str = "tcp://there:1"

    def log_event(self, topic: str, message: object) -> None:
        assert topic == self.client.topic
        self.client.handler((0.0, message))


def test_what_a_unit_tells_travels_as_an_event_of_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    dask_host = pytest.importorskip("harness.cluster.dask_host", exc_type=ImportError)

    def measure(order: str, tell: Tell) -> str:
        tell("exact sums, 1 of 2")
        return order

    client = Client()
    pool = DaskPool("there", client, Inquiry(run="r"), wait=0.0)
    for message in ("no JSON", '{"host": 1}', None, {"host": "h", "what": "a mapping"}):
        client.handler((0.0, message))
    monkeypatch.setattr(dask_host, "get_worker", lambda: Worker(client))
    monkeypatch.setattr(dask_host.host, "measure_unit", measure)
    assert dask_host.measure_unit("order", topic="linbench r") == "order"
    assert pool.next() == Doing(host="tcp://there:1", what="exact sums, 1 of 2")


LARGE = suite_of(
    [Case(Component("normal", Normal(n_samples=1_000_000)), Component("numpy_lstsq", NumpyLstsq()), "cpu", "float64")],
    data="disk",
)


@pytest.mark.slow
def test_passes_on_a_local_cluster_reach_the_observer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setenv("LINBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    watcher, writer = Watcher(), Store(tmp_path / "results").create(LARGE, Machine(), None)
    with closing(writer), pool_at("dask", Cluster(workers=1), inquiry_of(LARGE, writer.header.run)) as pool:
        measure_on(LARGE, writer, watcher, pool)
    assert [row.status for row in load_run(writer.path).measurements] == ["ok"]
    assert any(re.fullmatch(r"1 of 1 hosts at work: exact sums, .* of .*: normal.*", line) for line in watcher.told)
    assert "exact sums" not in watcher.told[-1]
    assert [*tmp_path.glob("linbench-rows-*/*/")] == [], "the host has removed its rows"


def test_hosts_with_unlike_versions_are_refused_by_name(tmp_path: Path) -> None:
    other = replace(TWO, versions={"numpy": "2.3.0"})
    hosts = [Arrived("h1", ONE), Arrived("h2", other), Arrived("h3", ONE)]
    with pytest.raises(ClusterError, match=r"numpy is 2\.4\.6 on h1, h3, 2\.3\.0 on h2; install the same"):
        run(tmp_path, Scripted(hosts=hosts))


def test_a_host_that_joins_later_with_other_versions_is_left_out(tmp_path: Path) -> None:
    pool = Scripted()
    pool.news.append(Arrived("h2", replace(TWO, versions={"numpy": "2.3.0"})))
    pool.news.append(Unfit("h3", "No module named 'harness'"))
    once(run(tmp_path, pool))
    assert {host for host, _ in pool.orders} == {"h1"}


def test_a_host_that_cannot_measure_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="h1 cannot measure: no harness"):
        run(tmp_path, Scripted(hosts=[Unfit("h1", "no harness")]))


def test_what_is_unlike_is_told_by_the_few() -> None:
    slow = replace(ONE, host=Host(machine=Machine(cpu="slow")))
    assert unlike_hosts({"a": ONE, "b": ONE, "c": slow}) == ["processor is 1 on a, b, slow on c"]
    assert unlike_hosts({"a": ONE, "b": ONE}) == []
