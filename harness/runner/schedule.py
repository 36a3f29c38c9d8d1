"""A run: round after round of fresh workers, until nothing planned is left."""

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from harness.config import Case, Plan, Suite
from harness.environments import Built, Unbuilt, build
from harness.machine import cache_folder, commit_of, this_machine
from harness.results import Run, RunWriter, Store, load_run
from harness.runner.executor import Executor
from harness.runner.loading import Loader
from harness.runner.precision import Precision, Stopping
from harness.runner.problems import Loads, ProblemStore
from harness.runner.recorder import Observer, Recorder
from harness.runner.round import Round
from harness.runner.scratch import scratch_folder
from harness.runner.workers import Workers

Executors = Callable[[Plan, Mapping[str, Built | Unbuilt]], Executor]
"""Makes the executor of a round."""


def measure(
    suite: Suite,
    writer: RunWriter,
    observer: Observer,
    *,
    executors: Executors = Workers,
    loaders: Callable[[Plan], Loads] = Loader,
    stopping: Stopping | None = None,
) -> None:
    """Measure what the run still lacks; every measurement is on disk before the next is begun.

    Parameters
    ----------
    suite : Suite
    writer : RunWriter
        The run, new or resumed.
    observer : Observer
    executors, loaders : callable
        Make who does the work of a round, and who loads its datasets.
    stopping : Stopping, optional
        Which cases need no further round; by the plan's precision when left out.

    Raises
    ------
    StoreError
        When the run cannot be written, or was begun with other data.
    """
    precision = stopping or Precision(suite.plan.precision, writer.earlier)
    recorder = Recorder(writer, observer, precision)

    def todo(number: int) -> list[Case]:
        cases = (case for case in suite.cases if (case.id, number) not in writer.done)
        return [case for case in cases if not precision.reached(case.id)]

    def plan(number: int) -> None:
        rest = [case.id for later in range(number, suite.plan.rounds) for case in todo(later)]
        observer.planned(rest, len(writer.done))

    plan(0)
    places = build(suite.used_environments, cache_folder(), observer)
    isolated = {case.id for case in suite.cases} if suite.plan.isolate == "case" else set()
    with scratch_folder() as folder, closing(loaders(suite.plan)) as loader:
        problems = ProblemStore(folder, cache_folder() / "references", loader)
        for number in range(suite.plan.rounds):
            if precision.active:
                plan(number)
            if cases := todo(number):
                if any(map(problems.lacks, cases)):
                    loader.start()
                Round(number, suite.plan, executors(suite.plan, places), problems, recorder, isolated).run(cases)
                loader.close()
    writer.finish()


def measure_new(suite: Suite, store: Store, observer: Observer, stopping: Stopping | None = None) -> Run:
    """Measure a suite for a verb's own use, as a run that is kept aside, and read it back.

    Raises
    ------
    StoreError
        When the store cannot be written.
    """
    writer = store.create(suite, this_machine(), commit_of(Path.cwd()), aside=True)
    try:
        measure(suite, writer, observer, stopping=stopping)
    finally:
        writer.close()
    return load_run(writer.path)
