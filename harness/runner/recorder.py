"""Puts on disk what a round finds out, and tells the observer."""

from collections.abc import Sequence
from typing import Protocol

from harness.config import CaseKey
from harness.results import Measurement, ProblemRecord, RunWriter
from harness.runner.precision import Stopping
from harness.runner.problems import PreparedProblem


class Observer(Protocol):
    """Who wants to know how a run is getting on. Nothing it is told is needed to go on."""

    def planned(self, todo: Sequence[CaseKey], done: int) -> None:
        """The case of every measurement that is still to come, and how many are there already.

        Told again when it turns out that fewer will do.
        """

    def doing(self, what: str) -> None:
        """What is being done now."""

    def measured(self, measurement: Measurement) -> None:
        """A measurement is finished and on disk."""


class Keeps(Protocol):
    """Who keeps what a round finds out."""

    @property
    def run(self) -> str:
        """The run's id."""

    def doing(self, what: str) -> None:
        """Say what is being done now."""

    def problem(self, problem: PreparedProblem) -> None:
        """Keep what a problem is, before its first measurement."""

    def wants_descent(self, case: str) -> bool:
        """Whether no measurement of the case has a descent yet."""

    def measured(self, measurement: Measurement) -> None:
        """Keep a measurement."""


class Recorder:
    """The one way from a round to the run's file.

    Parameters
    ----------
    descents : bool
        Whether the way to an iterative answer is kept, which takes another fit per case.
    """

    def __init__(self, writer: RunWriter, observer: Observer, precision: Stopping, *, descents: bool = True) -> None:
        self._writer = writer
        self._observer = observer
        self._precision = precision
        self._walks = descents
        self._descents = {each.case for each in writer.earlier if each.descent is not None}

    @property
    def run(self) -> str:
        """The run's id."""
        return self._writer.path.stem

    def doing(self, what: str) -> None:
        """Say what is being done now."""
        self._observer.doing(what)

    def problem(self, problem: PreparedProblem) -> None:
        """Keep what a problem is, before its first measurement.

        Raises
        ------
        StoreError
            When a resumed run had other data.
        """
        self.record(problem.record)

    def record(self, problem: ProblemRecord) -> None:
        """Keep what a problem is that was made elsewhere; as `problem`."""
        self._writer.problem(problem)

    def wants_descent(self, case: str) -> bool:
        """Whether no measurement of the case has a descent yet, and one is to be kept."""
        return self._walks and case not in self._descents

    def measured(self, measurement: Measurement) -> None:
        """Keep a measurement."""
        self._writer.append(measurement)
        self._precision.add(measurement)
        if measurement.descent is not None:
            self._descents.add(measurement.case)
        self._observer.measured(measurement)
