"""Measures rounds on this machine, and keeps what they share."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from types import TracebackType
from typing import Self

from harness.config import Case, Plan
from harness.environments import Built, Environment, Unbuilt, build
from harness.environments.builder import Watcher
from harness.machine import cache_folder
from harness.runner.executor import Executor
from harness.runner.kept_rows import kept_rows
from harness.runner.loading import Loader
from harness.runner.problems import DatasetLoader, ProblemStore
from harness.runner.recorder import RoundRecorder
from harness.runner.round import Round
from harness.runner.scratch import scratch_folder
from harness.runner.workers import Workers

Executors = Callable[[Plan, Mapping[str, Built | Unbuilt]], Executor]
"""Makes the executor of a round."""

Loaders = Callable[[Plan], DatasetLoader]
"""Makes the loader of datasets."""


class Measurer:
    """Measures rounds on this machine. Environments, data and exact answers are made once for all of them.

    Parameters
    ----------
    environments : sequence of Environment
        Those that cases run in beside linbench's own.
    executors, loaders : callable
        Make the executor of a round, and the loader of its datasets.
    """

    def __init__(
        self,
        plan: Plan,
        environments: Sequence[Environment],
        observer: Watcher,
        *,
        executors: Executors = Workers,
        loaders: Loaders = Loader,
    ) -> None:
        self._plan = plan
        self._executors = executors
        self._places = build(environments, cache_folder(), observer)
        self._isolated: set[str] = set()
        self._open = ExitStack()
        folder = self._open.enter_context(scratch_folder())
        self._rows = self._open.enter_context(kept_rows(plan))
        self._loader = self._open.enter_context(closing(loaders(plan)))
        self._problems = ProblemStore(folder, cache_folder() / "references", self._loader, observer.doing, self._rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def close(self, *, interrupted: bool = False) -> None:
        """Forget the problems and remove their files, except rows that resuming an interrupted run can reuse."""
        if interrupted:
            self._rows.end(interrupted=True)
        self._open.close()

    def measure(self, number: int, cases: Sequence[Case], recorder: RoundRecorder) -> None:
        """Measure one round of these cases; the recorder is told of each measurement as it is finished."""
        if self._plan.isolate == "case":
            self._isolated.update(case.id for case in cases)
        if any(map(self._problems.lacks, cases)):
            self._loader.start()
        executor = self._executors(self._plan, self._places)
        Round(number, self._plan, executor, self._problems, recorder, self._isolated).run(cases)
        self._loader.close()
