"""The functions that run on a host, with JSON text in and out. A host measures as a single machine does."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from platform import python_version

from harness import __version__
from harness.cluster.protocol import Delivery, HostFacts, Inquiry, Order
from harness.config import Case, CaseKey, case_of
from harness.environments import environment_from_record
from harness.machine import installed_version, this_host
from harness.passes import Tell, untold
from harness.records import from_json, json_text, values_of
from harness.results import Measurement, ProblemRecord
from harness.runner.measurer import Measurer
from harness.runner.problems import PreparedProblem

_measurers: dict[str, Measurer] = {}
"""The measurer of this process's run; it keeps data and exact answers for later rounds."""


def examine(inquiry: str) -> str:
    """Answer an `Inquiry` with `HostFacts`; restrict this process to the inquiry's processors."""
    asked = from_json(Inquiry, inquiry)
    if asked.cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, asked.cores)  # for this thread, which starts all workers
    return json_text(values_of(HostFacts(host=this_host(asked.run), versions=_versions(asked))))


def _versions(asked: Inquiry) -> Mapping[str, str]:
    found = {each: installed_version(each) for each in asked.distributions}
    base = {"python": python_version(), "linbench": __version__, "numpy": version("numpy")}
    return {**base, **{name: each for name, each in found.items() if each is not None}}


def measure_unit(order: str, tell: Tell = untold) -> str:
    """Measure the cases of an `Order`; return a `Delivery`. Long passes over data report progress to ``tell``."""
    asked = from_json(Order, order)
    collector = _Collector(asked)
    _progress.tell = tell
    try:
        _measurer(asked).measure(asked.round, [_case(key) for key in asked.cases], collector)
    finally:
        _progress.over()
    return json_text(values_of(collector.delivery()))


def release(*, interrupted: bool) -> None:
    """Forget this process's run; the rows of an interrupted one stay on disk."""
    while _measurers:
        with suppress(OSError):
            _measurers.popitem()[1].close(interrupted=interrupted)


def _measurer(order: Order) -> Measurer:
    if order.run not in _measurers:
        release(interrupted=True)  # an earlier run that was not released did not finish
        environments = [environment_from_record(each) for each in order.environments]
        _measurers[order.run] = Measurer(order.plan, environments, _progress)
    return _measurers[order.run]


def _case(key: CaseKey) -> Case:
    """The case, with the suite's labels."""
    case = case_of(key)
    dataset = replace(case.dataset, called=key.dataset_label)
    return replace(case, dataset=dataset, backend=replace(case.backend, called=key.backend_label))


class _Progress:
    """Reports progress to the caller of the current unit."""

    def __init__(self) -> None:
        self.tell: Tell = untold
        self._reported = False

    def doing(self, what: str) -> None:
        """Report progress of a pass."""
        self._reported = True
        self.tell(what)

    def over(self) -> None:
        """Report that the pass has ended."""
        if self._reported:
            self._reported = False
            self.tell("")


_progress = _Progress()


class _Collector:
    """Collects a unit's results until all are sent."""

    def __init__(self, order: Order) -> None:
        self.run = order.run
        self._host = this_host(order.run)
        self._with_descent = {*order.with_descent}
        self._problems: dict[tuple[str, str], ProblemRecord] = {}
        self._measurements: list[Measurement] = []

    def doing(self, what: str) -> None:  # noqa: ARG002 - of `RoundRecorder`
        """A reported pass has ended; what follows is short, and is not sent."""
        _progress.over()

    def problem(self, problem: PreparedProblem) -> None:
        self._problems[problem.record.dataset_label, problem.record.dtype] = problem.record

    def wants_descent(self, case: str) -> bool:
        return case not in self._with_descent

    def measured(self, measurement: Measurement) -> None:
        self._measurements.append(replace(measurement, host=self._host))

    def delivery(self) -> Delivery:
        return Delivery(measurements=tuple(self._measurements), problems=tuple(self._problems.values()))
