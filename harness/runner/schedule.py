"""A run: rounds of fresh workers until every planned measurement is made."""

from pathlib import Path

from harness.config import Case, CaseKey, Suite
from harness.machine import commit_of, this_machine
from harness.results import Run, RunWriter, Store, load_run
from harness.runner.loading import Loader
from harness.runner.measurer import Executors, Loaders, Measurer
from harness.runner.precision import Precision, Stopping
from harness.runner.recorder import Observer, Recorder
from harness.runner.workers import Workers


def measure(
    suite: Suite,
    writer: RunWriter,
    observer: Observer,
    *,
    executors: Executors = Workers,
    loaders: Loaders = Loader,
    stopping: Stopping | None = None,
    descents: bool = True,
) -> None:
    """Measure what the run still lacks; each measurement is on disk before the next begins.

    Parameters
    ----------
    writer : RunWriter
        The run, new or resumed.
    executors, loaders : callable
        Make the executor of a round, and the loader of its datasets.
    stopping : Stopping, optional
        Decides which cases need no further round; the plan's precision does when left out.
    descents : bool
        Whether the descents of iterative methods are kept, which takes another fit per case.

    Raises
    ------
    StoreError
        When the run cannot be written, or was begun with other data.
    """
    precision = stopping or Precision(suite.plan.precision, writer.earlier)
    recorder = Recorder(writer, observer, precision, descents=descents)
    todo = Todo(suite, writer, precision)
    observer.planned(todo.rest(0), len(writer.done))
    with Measurer(suite.plan, suite.used_environments, observer, executors=executors, loaders=loaders) as measurer:
        for number in range(suite.plan.rounds):
            precision.begin()
            if precision.active:
                observer.planned(todo.rest(number), len(writer.done))
            if cases := todo.of(number):
                measurer.measure(number, cases, recorder)
    writer.finish()


class Todo:
    """What a run still lacks."""

    def __init__(self, suite: Suite, writer: RunWriter, precision: Stopping) -> None:
        self._suite = suite
        self._writer = writer
        self._precision = precision

    def of(self, number: int) -> list[Case]:
        """The cases that lack this round and need it."""
        return [case for case in self._suite.cases if self.lacks(case, number)]

    def lacks(self, case: Case, number: int) -> bool:
        """Whether a case lacks this round and needs it."""
        return (case.id, number) not in self._writer.done and not self._precision.reached(case.id)

    def rest(self, number: int) -> list[CaseKey]:
        """The cases of the measurements lacking from this round on, one per measurement."""
        return [case.key for later in range(number, self._suite.plan.rounds) for case in self.of(later)]


def measure_new(
    suite: Suite, store: Store, observer: Observer, stopping: Stopping | None = None, *, descents: bool = True
) -> Run:
    """Measure a suite as an aside, and read the run back; see `measure`.

    Raises
    ------
    StoreError
        When the store cannot be written.
    """
    writer = store.create(suite, this_machine(), commit_of(Path.cwd()), aside=True)
    try:
        measure(suite, writer, observer, stopping=stopping, descents=descents)
    finally:
        writer.close()
    return load_run(writer.path)
