"""Measures a run on several machines: carries out the dispatcher's decisions, and records the results."""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence

from harness.cluster.dispatch import Died, Dispatcher, Event, Finished, GiveUp, Joined, Keep, Left, Start, Unit
from harness.cluster.pool import Arrived, Pool, Unfit
from harness.cluster.protocol import Delivery, Doing, HostFacts, Inquiry, Order
from harness.cluster.unlike import unlike_versions
from harness.config import Case, Suite
from harness.environments import DEFAULT, environment_from_record
from harness.errors import ClusterError
from harness.results import Measurement, ProblemRecord, RunWriter, now
from harness.results.durations import Durations
from harness.runner.precision import Precision
from harness.runner.recorder import Observer, Recorder
from harness.runner.schedule import Todo

MOST_PASSES = 2
"""Most passes over data whose progress is shown."""

WRONG_CASES = "its host sent results of other cases"


def inquiry_of(suite: Suite, run: str) -> Inquiry:
    """The inquiry for hosts: the distributions that the suite's cases use in linbench's own environment.

    Raises
    ------
    LinbenchError
        When an environment of the suite cannot be made on another machine.
    """
    for each in suite.used_environments:
        environment_from_record(each.record)
    used = {case.backend.instance.library.distribution for case in suite.cases if case.environment == DEFAULT}
    return Inquiry(run=run, distributions=tuple(sorted(used)))


def measure_on(suite: Suite, writer: RunWriter, observer: Observer, pool: Pool) -> None:
    """Measure on a pool's hosts what the run still lacks; `harness.runner.measure` can resume such a run.

    Parameters
    ----------
    writer : RunWriter
        The run, new or resumed, started on one machine or several.

    Raises
    ------
    ClusterError
        When there is no host, versions differ between hosts, or the scheduler is lost.
    StoreError
        When the run cannot be written, or was started with other data.
    """
    _ClusterRun(suite, writer, observer, pool).run()
    writer.finish()


class _ClusterRun:
    """Connects the dispatcher, the hosts and the run."""

    def __init__(self, suite: Suite, writer: RunWriter, observer: Observer, pool: Pool) -> None:
        self._suite = suite
        self._writer = writer
        self._observer = observer
        self._pool = pool
        precision = Precision(suite.plan.precision, writer.earlier)
        self._recorder = Recorder(writer, observer, precision)
        self._todo = Todo(suite, writer, precision)
        self._begun_with = {*writer.problems}
        self._cases_of: dict[str, list[Case]] = defaultdict(list)
        for case in suite.cases:
            self._cases_of[case.dataset.label].append(case)
        self._dispatcher = Dispatcher(self._units())
        self._facts: dict[str, HostFacts] = {}
        self._doing: dict[str, str] = {}

    def _units(self) -> Iterator[Unit]:
        seconds = Durations(self._suite.plan.seconds)
        for number in range(self._suite.plan.rounds):
            found: dict[str, float] = {}
            for case in self._todo.of(number):
                found[case.dataset.label] = found.get(case.dataset.label, 0.0) + seconds[case.id]
            yield from (Unit(dataset, number, each) for dataset, each in found.items())

    def run(self) -> None:
        self._observer.planned(self._todo.rest(0), len(self._writer.done))
        if self._dispatcher.done:
            return
        self._observer.doing(f"waiting for hosts of {self._pool.where}")
        self._take_first(self._pool.gather())
        while not self._dispatcher.done:
            match self._pool.next():
                case None:
                    pass
                case Arrived() as arrived:
                    self._join(arrived)
                case Unfit(host, reason):
                    self._observer.doing(f"{host} is left out: {reason}")
                case Doing(host=host, what=what):
                    self._doing[host] = what
                case event:
                    self._doing.pop(event.host, None)
                    self._take(event)
            self._show_progress()

    def _take_first(self, found: Sequence[Arrived | Unfit]) -> None:
        """Accept the hosts present at the start; differing versions among them end the run."""
        if unfit := [each for each in found if isinstance(each, Unfit)]:
            raise ClusterError(f"{unfit[0].host} cannot measure: {unfit[0].reason}")
        arrived = [each for each in found if isinstance(each, Arrived)]
        if differing := unlike_versions({each.host: each.facts for each in arrived}):
            raise ClusterError(
                f"the hosts of {self._pool.where} differ: {differing}; install the same on all, or name what differs "
                "in an [[environment]]"
            )
        for each in arrived:
            self._join(each)

    def _join(self, arrived: Arrived) -> None:
        """Accept a host, unless its versions differ from those already at work."""
        differing = unlike_versions({**self._facts, arrived.host: arrived.facts})
        if differing:
            self._observer.doing(f"{arrived.host} is left out: {differing}")
            return
        self._facts[arrived.host] = arrived.facts
        self._take(Joined(arrived.host))

    def _show_progress(self) -> None:
        """Show which hosts are at work, and the progress of long passes over data."""
        at_work = self._dispatcher.under_way
        passes = [line for host in sorted(at_work) if (line := self._doing.get(host))]
        more = f" and {len(passes) - MOST_PASSES} more" if len(passes) > MOST_PASSES else ""
        named = ", ".join(sorted({unit.dataset for unit in at_work.values()})) or "waiting for a host"
        doing = "; ".join(passes[:MOST_PASSES]) + more or named
        self._observer.doing(f"{len(at_work)} of {self._dispatcher.hosts} hosts at work: {doing}")

    def _take(self, event: Event) -> None:
        if isinstance(event, Finished) and self._wrong_cases(event):
            event = Died(event.host, event.unit, WRONG_CASES)
        if isinstance(event, Left):
            self._facts.pop(event.host, None)
        following: deque[Event] = deque([event])
        while following:
            event = following.popleft()
            for decision in self._dispatcher.take(event):
                match decision:
                    case Keep() if isinstance(event, Finished) and event.delivery is not None:
                        self._keep(event.delivery)
                    case GiveUp(unit, reasons):
                        self._give_up(unit, reasons)
                    case Start(host, unit) if cases := self._cases(unit):
                        self._pool.start(host, unit, self._order(unit, cases))
                    case Start(host, unit):  # its cases need no further rounds by now
                        following.append(Finished(host, unit))

    def _cases(self, unit: Unit) -> list[Case]:
        return [case for case in self._cases_of[unit.dataset] if self._todo.lacks(case, unit.round)]

    def _order(self, unit: Unit, cases: Sequence[Case]) -> Order:
        return Order(
            run=self._recorder.run,
            plan=self._suite.plan,
            environments=tuple(each.record for each in self._suite.used_environments),
            cases=tuple(case.key for case in cases),
            round=unit.round,
            with_descent=tuple(case.id for case in cases if not self._recorder.wants_descent(case.id)),
        )

    def _wrong_cases(self, finished: Finished) -> bool:
        """Whether a delivery does not have each of the unit's cases once."""
        if finished.delivery is None:
            return False
        found = sorted((each.case, each.round) for each in finished.delivery.measurements)
        return found != sorted((case.id, finished.unit.round) for case in self._cases(finished.unit))

    def _keep(self, delivery: Delivery) -> None:
        other_data: dict[str, str] = {}
        for each in delivery.problems:
            key = each.dataset_label, each.dtype
            known = self._writer.problems.get(key, each)
            if known.data == each.data or key in self._begun_with:
                self._recorder.record(each)  # refuses data other than those of an interrupted run
            else:
                other_data[each.data] = _why_other_data(each, known)
        for measurement in delivery.measurements:
            why = other_data.get(measurement.data)
            self._recorder.measured(measurement if why is None else _refused(measurement, why))

    def _give_up(self, unit: Unit, reasons: Sequence[str]) -> None:
        why = f"failed {len(reasons)} times together with its dataset's other cases: {'; then '.join(reasons)}"
        for case in self._cases(unit):
            self._recorder.measured(
                Measurement(case=case.id, round=unit.round, status="crashed", reason=why, started=now())
            )


def _why_other_data(found: ProblemRecord, known: ProblemRecord) -> str:
    return (
        f"the data of {found.dataset_label} are not those that the run was begun with (fingerprint {known.data[:8]}, "
        f"now {found.data[:8]})"
    )


def _refused(measurement: Measurement, why: str) -> Measurement:
    """A measurement over other data, reduced to an error that says where and when."""
    return Measurement(
        case=measurement.case,
        round=measurement.round,
        status="error",
        reason=f"on this host {why}",
        started=measurement.started,
        versions=measurement.versions,
        host=measurement.host,
    )
