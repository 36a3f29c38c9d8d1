"""What a host does when it is asked: text in, text out. It measures as a single machine does."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from platform import python_version

from harness import __version__
from harness.cluster.errand import Delivery, HostFacts, Inquiry, Order
from harness.config import Case, CaseKey, case_of
from harness.environments import environment_from_record
from harness.machine import installed_version, this_host
from harness.passes import Tell, untold
from harness.records import from_json, json_text, values_of
from harness.results import Measurement, ProblemRecord
from harness.runner.measurer import Measurer
from harness.runner.problems import PreparedProblem

_measurers: dict[str, Measurer] = {}
"""That of the run that this process is at: what it has loaded and solved serves the run's later rounds."""


def examine(inquiry: str) -> str:
    """What this host is, as `HostFacts`, for an `Inquiry`; from now on it keeps to the processors it is told."""
    asked = from_json(Inquiry, inquiry)
    if asked.cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, asked.cores)  # of this thread, which starts all workers
    return json_text(values_of(HostFacts(host=this_host(asked.run), versions=_versions(asked))))


def _versions(asked: Inquiry) -> Mapping[str, str]:
    found = {each: installed_version(each) for each in asked.distributions}
    base = {"python": python_version(), "linbench": __version__, "numpy": version("numpy")}
    return {**base, **{name: each for name, each in found.items() if each is not None}}


def measure_unit(order: str, tell: Tell = untold) -> str:
    """Measure an `Order`'s cases, and give the `Delivery`; tell how far passes over data are where they take long."""
    asked = from_json(Order, order)
    collector = _Collector(asked)
    _aloud.tell = tell
    try:
        _measurer(asked).measure(asked.round, [_case(key) for key in asked.cases], collector)
    finally:
        _aloud.over()
    return json_text(values_of(collector.delivery()))


def release(*, interrupted: bool) -> None:
    """Forget the run that this process is at; the rows of one that was interrupted stay on disk."""
    while _measurers:
        with suppress(OSError):
            _measurers.popitem()[1].close(interrupted=interrupted)


def _measurer(order: Order) -> Measurer:
    if order.run not in _measurers:
        release(interrupted=True)  # of an earlier run nobody has said that it is whole
        environments = [environment_from_record(each) for each in order.environments]
        _measurers[order.run] = Measurer(order.plan, environments, _aloud)
    return _measurers[order.run]


def _case(key: CaseKey) -> Case:
    """The case, called what the suite calls it."""
    case = case_of(key)
    dataset = replace(case.dataset, called=key.dataset_label)
    return replace(case, dataset=dataset, backend=replace(case.backend, called=key.backend_label))


class _Aloud:
    """Tells whoever has asked for the unit that is being measured."""

    def __init__(self) -> None:
        self.tell: Tell = untold
        self._told = False

    def doing(self, what: str) -> None:
        """How far the data are."""
        self._told = True
        self.tell(what)

    def over(self) -> None:
        """Something else is being done."""
        if self._told:
            self._told = False
            self.tell("")


_aloud = _Aloud()


class _Collector:
    """Keeps what a unit comes to until the whole of it is sent."""

    def __init__(self, order: Order) -> None:
        self.run = order.run
        self._host = this_host(order.run)
        self._walked = {*order.walked}
        self._problems: dict[tuple[str, str], ProblemRecord] = {}
        self._measurements: list[Measurement] = []

    def doing(self, what: str) -> None:  # noqa: ARG002 - as recorders have it
        """A pass that was told of is over; what follows takes little time, and is not sent."""
        _aloud.over()

    def problem(self, problem: PreparedProblem) -> None:
        self._problems[problem.record.dataset_label, problem.record.dtype] = problem.record

    def wants_descent(self, case: str) -> bool:
        return case not in self._walked

    def measured(self, measurement: Measurement) -> None:
        self._measurements.append(replace(measurement, host=self._host))

    def delivery(self) -> Delivery:
        return Delivery(measurements=tuple(self._measurements), problems=tuple(self._problems.values()))
