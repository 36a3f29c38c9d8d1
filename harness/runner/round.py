"""One round: fresh workers side by side, cases one at a time, sample by sample in an order drawn at random."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Protocol, TypeVar

from backends.base import IterativeBackend
from harness.config import Case, Plan
from harness.results import Descent, Measurement, now
from harness.runner.descents import descent_of, epochs_to_keep
from harness.runner.executor import Executor, Failure, Lost
from harness.runner.judge import judge
from harness.runner.ongoing import Ongoing
from harness.runner.problems import PreparedProblem
from harness.runner.recorder import Recorder

__all__ = ["Problems", "Round"]

T = TypeVar("T")

UNSEEN = "its library does not show the epochs in between"


class Problems(Protocol):
    """Where a round finds the problem of a case."""

    def problem(self, case: Case) -> PreparedProblem:
        """The case's problem."""


class Round:
    """One round over the cases that still lack it.

    Parameters
    ----------
    number : int
        From 0.
    plan : Plan
    executor : Executor
    problems : Problems
    recorder : Recorder
    """

    def __init__(self, number: int, plan: Plan, executor: Executor, problems: Problems, recorder: Recorder) -> None:
        self._number = number
        self._plan = plan
        self._executor = executor
        self._problems = problems
        self._recorder = recorder
        self._random = random.Random(f"{recorder.run} {number}")  # noqa: S311 - an order, not a secret
        self._taken = 0
        self._pending: list[Ongoing] = []
        self._active: list[Ongoing] = []

    def run(self, cases: Sequence[Case]) -> None:
        """Measure these cases; no worker outlives the round."""
        try:
            self._recorder.doing("importing " + ", ".join(sorted({_library(case) for case in cases})))
            self._executor.start(cases)
            for group in self._groups(cases):
                self._measure_group(group)
        finally:
            self._executor.end()

    def _groups(self, cases: Sequence[Case]) -> Iterator[list[Case]]:
        """The cases of one dataset at a time, so that what is compared is measured within the same minute.

        A dataset's cases are interleaved with one another, and only one dataset's arrays are at work at a time.
        """
        groups = [list(group) for _, group in groupby(cases, key=lambda case: case.dataset.label)]
        self._random.shuffle(groups)
        yield from groups

    def _measure_group(self, group: list[Case]) -> None:
        self._random.shuffle(group)
        self._pending = [
            Ongoing(case, problem, self._plan.limit) for case in group if (problem := self._problem(case)) is not None
        ]
        while self._pending or self._active:
            if self._pending:
                self._attempt(self._open, self._pending.pop())
            else:
                self._attempt(self._sample, self._random.choice(self._active))

    def _problem(self, case: Case) -> PreparedProblem | None:
        self._recorder.doing(f"loading {case.dataset.label}")
        try:
            problem = self._problems.problem(case)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the data is a row of the table
            self._recorder.measured(
                Measurement(case=case.id, round=self._number, status="error", reason=_why(error), started=now())
            )
            return None
        self._recorder.problem(problem)
        return problem

    def _attempt(self, step: Callable[[Ongoing], None], case: Ongoing) -> None:
        """Take a step of a case; a failure is its row, and costs no other case."""
        try:
            step(case)
        except Failure as failure:
            if case in self._active:
                self._active.remove(case)
            versions = self._executor.versions(case.case)
            self._recorder.measured(case.failed(self._number, failure.status, failure.reason, versions))
            if isinstance(failure, Lost):
                self._lose(case)

    def _lose(self, lost: Ongoing) -> None:
        """A worker is gone: the other cases that were at work in it begin again in another."""
        self._executor.lose(lost.case)
        worker = self._executor.worker_of(lost.case)
        stranded = [each for each in self._active if each is not lost and self._executor.worker_of(each.case) == worker]
        for each in stranded:
            self._active.remove(each)
            each.begin_again(self._plan.limit)
        self._pending += stranded

    def _open(self, case: Ongoing) -> None:
        self._recorder.doing(f"preparing {case.case.id}")
        case.opened = self._timed(case, lambda: self._executor.open(case.case, case.problem, case.left))
        self._active.append(case)

    def _sample(self, case: Ongoing) -> None:
        self._recorder.doing(f"measuring {case.case.id}")
        samples = case.samples_per_turn()
        case.take(self._timed(case, lambda: self._executor.sample(case.case, samples, case.left)), self._taken)
        self._taken += samples
        if case.enough(self._plan.seconds):
            self._finish(case)
            self._active.remove(case)

    def _finish(self, case: Ongoing) -> None:
        backend = case.case.backend.instance
        walks = isinstance(backend, IterativeBackend) and self._recorder.wants_descent(case.case.id)
        closed = self._timed(case, lambda: self._executor.close(case.case, case.left, keep=walks))
        judged = judge(closed.fits, case.problem, backend)
        versions = self._executor.versions(case.case)
        descent = None
        if judged.fit.iterations is not None and self._recorder.wants_descent(case.case.id):
            descent = self._descent(case, judged.fit.iterations) if walks else Descent(stopped=UNSEEN)
        self._recorder.measured(case.measured(self._number, judged, closed, versions, descent))

    def _descent(self, case: Ongoing, total: int) -> Descent:
        """The way to the answer; whatever goes wrong with it costs nothing but itself."""
        epochs = epochs_to_keep(total)
        try:
            walked = self._timed(case, lambda: self._executor.descend(case.case, epochs, case.left))
        except Failure as failure:
            if isinstance(failure, Lost):
                self._lose(case)
            return Descent(stopped=f"walking it again failed: {failure.reason}")
        return descent_of(walked, case.problem, total)

    def _timed(self, case: Ongoing, request: Callable[[], T]) -> T:
        """Make a request at the expense of the case's limit."""
        start = self._executor.monotonic()
        try:
            return request()
        finally:
            case.left -= self._executor.monotonic() - start


def _library(case: Case) -> str:
    module: str = case.backend.instance.library.module
    return module.partition(".")[0]


def _why(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
