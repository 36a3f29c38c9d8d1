"""Writes the results of rounds to the run's file, and tells the observer."""

from collections.abc import Sequence
from typing import Protocol

from harness.config import CaseKey
from harness.results import Measurement, ProblemRecord, RunWriter
from harness.runner.precision import Stopping
from harness.runner.problems import PreparedProblem


class Observer(Protocol):
    """Receives a run's progress, to show it. Measuring does not depend on it."""

    def planned(self, todo: Sequence[CaseKey], done: int) -> None:
        """The cases of the measurements still to come, one per measurement, and how many are done.

        Called again when fewer turn out to be needed.
        """

    def doing(self, what: str) -> None:
        """What is being done now."""

    def measured(self, measurement: Measurement) -> None:
        """A measurement is finished and on disk."""


class RoundRecorder(Protocol):
    """Keeps the results of a round."""

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
    """Writes a round's results to the run's file.

    Parameters
    ----------
    descents : bool
        Whether the descents of iterative methods are kept, which takes another fit per case.
    """

    def __init__(self, writer: RunWriter, observer: Observer, precision: Stopping, *, descents: bool = True) -> None:
        self._writer = writer
        self._observer = observer
        self._precision = precision
        self._keep_descents = descents
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
        """Keep the record of a problem that another machine made; raises as `problem` does."""
        self._writer.problem(problem)

    def wants_descent(self, case: str) -> bool:
        """Whether no measurement of the case has a descent yet, and one is to be kept."""
        return self._keep_descents and case not in self._descents

    def measured(self, measurement: Measurement) -> None:
        """Keep a measurement."""
        self._writer.append(measurement)
        self._precision.add(measurement)
        if measurement.descent is not None:
            self._descents.add(measurement.case)
        self._observer.measured(measurement)
