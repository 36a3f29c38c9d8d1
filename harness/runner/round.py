"""One round: fresh workers side by side, cases one at a time, sample by sample in an order drawn at random."""

import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import groupby
from typing import Protocol, TypeVar

from backends.base import Library
from harness.config import Case, Plan
from harness.results import FAILED, Descent, Measurement, now
from harness.runner.descents import descent_of, epochs_to_keep
from harness.runner.executor import Executor, Failure, Lost
from harness.runner.judge import Judged, judge
from harness.runner.library_worker import builds
from harness.runner.ongoing import Ongoing
from harness.runner.problems import PreparedProblem
from harness.runner.protocol import Closed
from harness.runner.recorder import Keeps

T = TypeVar("T")

UNSEEN = "its library does not expose its intermediate epochs"

WROTE = "it wrote to the files that hold the data of all cases"


class Problems(Protocol):
    """Where a round finds the problem of a case."""

    def problem(self, case: Case) -> PreparedProblem:
        """The case's problem, made again where its files were written to."""

    def verify(self) -> None:
        """Forget every problem whose files no longer hold what they held."""


class _Tampered(Exception):
    """A case wrote to the files that hold its problem."""


class Round:
    """One round over the cases that still lack it.

    Cases of one library share a worker. One that fails in company is measured again alone, in a fresh worker, before
    it is blamed; one that changes what its worker's cases share is measured alone from then on, and the others begin
    again in a fresh worker.

    Parameters
    ----------
    number : int
        From 0.
    isolated : set of str
        The ids of cases that are measured alone, from an earlier round on; those that turn out to need it are added.
    """

    def __init__(
        self,
        number: int,
        plan: Plan,
        executor: Executor,
        problems: Problems,
        recorder: Keeps,
        isolated: set[str],
    ) -> None:
        self._number = number
        self._plan = plan
        self._executor = executor
        self._problems = problems
        self._recorder = recorder
        self._isolated = isolated
        self._random = random.Random(f"{recorder.run} {number}")  # noqa: S311 - an order, not a secret
        self._taken = 0
        self._pending: list[Ongoing] = []
        self._active: list[Ongoing] = []
        self._company: dict[Hashable, set[str]] = defaultdict(set)
        self._worked: set[Hashable] = set()
        """Workers that some case has been opened in, so that their library is there."""

    def run(self, cases: Sequence[Case]) -> None:
        """Measure these cases; no worker outlives the round."""
        for case in cases:
            if case.id in self._isolated:
                self._executor.isolate(case)
        beside = ThreadPoolExecutor(1)
        try:
            self._problems.verify()
            self._start(cases, beside)
            for group in self._groups(cases):
                self._measure_group(group)
        finally:
            self._executor.end()
            beside.shutdown(wait=False, cancel_futures=True)  # not before: a loader started there ends with its thread

    def _start(self, cases: Sequence[Case], beside: ThreadPoolExecutor) -> None:
        """Start the workers, and load what data can be loaded while they import their libraries."""
        self._recorder.doing("starting workers for " + ", ".join(sorted({_library(case) for case in cases})))
        loads = [beside.submit(self._problems.problem, case) for case in cases]  # what goes wrong is told in its turn
        self._executor.start(cases)
        for each in loads:
            each.cancel()
        wait(loads)

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
            case = self._next_to_open()
            if case is not None:
                self._attempt(self._open, case)
            else:
                self._attempt(self._sample, self._random.choice(self._active))

    def _next_to_open(self) -> Ongoing | None:
        """The last pending case whose library is there, taken off the list; None where others can go on meanwhile."""
        cases = [each.case for each in self._pending]
        ready = {case.id for case in self._executor.ready(cases, wait=not self._active)} if cases else set()
        place = next((i for i in reversed(range(len(cases))) if cases[i].id in ready), None)
        return None if place is None else self._pending.pop(place)

    def _problem(self, case: Case) -> PreparedProblem | None:
        self._recorder.doing(f"loading {case.dataset.label}")
        try:
            problem = self._problems.problem(case)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the data is a row of the table
            status = error.status if isinstance(error, Failure) else "error"
            self._recorder.measured(
                Measurement(case=case.id, round=self._number, status=status, reason=_why(error), started=now())
            )
            return None
        self._recorder.problem(problem)
        return problem

    def _attempt(self, step: Callable[[Ongoing], None], case: Ongoing) -> None:
        """Take a step of a case; a failure is its row, and costs no other case."""
        try:
            step(case)
        except Failure as failure:
            self._fail(case, failure)
        except _Tampered:
            self._lose(case)
            self._record_failure(case, Failure("error", WROTE))
            self._renew_problems()
        else:
            self._check_state(case)

    def _fail(self, case: Ongoing, failure: Failure) -> None:
        """A case that fails beside others is measured again alone before it is blamed."""
        lost_library = failure.status == "missing" and self._executor.worker_of(case.case) in self._worked
        if self._suspicious(case):
            self._suspect_all(case)
            return
        again = (failure.status in FAILED or lost_library) and self._in_company(case)
        changed = self._executor.changed(case.case)
        if changed:
            case.note(_changes(changed))
        if isinstance(failure, Lost) or (changed and case.case.id not in self._isolated):
            self._lose(case)
        if again:
            case.setback = failure
            self._measure_alone(case)
        else:
            self._record_failure(case, failure)

    def _in_company(self, case: Ongoing) -> bool:
        """Whether other cases have been at work in the case's worker."""
        there = self._executor.greeting(case.case) is not None
        return there and len(self._company[self._executor.worker_of(case.case)]) > 1

    def _record_failure(self, case: Ongoing, failure: Failure) -> None:
        greeting = self._executor.greeting(case.case)
        self._leave(case)
        reason = failure.reason
        if failure.fit is not None:
            reason = reason.replace(f"fit {failure.fit}", case.problem.fit(failure.fit), 1)
        self._recorder.measured(case.failed(self._number, failure.status, reason, greeting))

    def _leave(self, case: Ongoing) -> None:
        """The case is measured, or will be elsewhere; a worker of its own is of no more use."""
        if case in self._active:
            self._active.remove(case)
        if case.case.id in self._isolated:
            self._executor.lose(case.case)

    def _measure_alone(self, case: Ongoing) -> None:
        """Begin a case again in a worker of its own, in later rounds too."""
        self._leave(case)
        self._isolated.add(case.case.id)
        self._executor.isolate(case.case)
        case.begin_again(self._plan.limit)
        self._pending.append(case)

    def _lose(self, lost: Ongoing) -> None:
        """End a worker: the other cases that were at work in it begin again in another."""
        worker = self._executor.worker_of(lost.case)
        self._executor.lose(lost.case)
        self._company.pop(worker, None)
        self._worked.discard(worker)
        stranded = [each for each in self._active if each is not lost and self._executor.worker_of(each.case) == worker]
        for each in stranded:
            self._active.remove(each)
            each.begin_again(self._plan.limit)
        self._pending += stranded

    def _check_state(self, case: Ongoing) -> bool:
        """Whether the worker is as it was; if not, the case is named, and the worker is not used any more."""
        changed = self._executor.changed(case.case)
        if not changed:
            return True
        if self._suspicious(case):
            self._suspect_all(case)
            return False
        case.note(_changes(changed))
        if case.case.id in self._isolated:
            return True  # nobody else is there to be disturbed
        self._lose(case)
        if case in self._active:
            self._measure_alone(case)
        else:
            self._isolated.add(case.case.id)
        return False

    def _suspicious(self, case: Ongoing) -> bool:
        """Whether state of the worker was changed by this case or by another: it was so before the last request."""
        return self._executor.changed_earlier(case.case) and self._in_company(case)

    def _suspect_all(self, case: Ongoing) -> None:
        """Measure alone all that were at work in the worker: who changes it again, alone, has done it."""
        worker = self._executor.worker_of(case.case)
        others = [each for each in self._active if each is not case and self._executor.worker_of(each.case) == worker]
        self._lose(case)
        for each in others:  # they are pending by now
            self._isolated.add(each.case.id)
            self._executor.isolate(each.case)
        self._measure_alone(case)

    def _renew_problems(self) -> None:
        """Files were written to: every case at work begins again over files that are made anew."""
        for case in [*self._active]:
            self._active.remove(case)
            self._executor.lose(case.case)
            case.begin_again(self._plan.limit)
            self._pending.append(case)
        self._company.clear()
        for case in [*self._pending]:
            problem = self._problem(case.case)
            if problem is None:
                self._pending.remove(case)
            else:
                case.problem = problem

    def _open(self, case: Ongoing) -> None:
        once = ", which compiles once per machine" if builds(case.case) else ""
        self._recorder.doing(f"preparing {case.case.spoken}{once}")
        self._company[self._executor.worker_of(case.case)].add(case.case.id)
        self._executor.build(case.case)  # not at the expense of its limit
        case.opened, _ = self._timed(case, lambda: self._executor.open(case.case, case.problem, case.left))
        self._worked.add(self._executor.worker_of(case.case))
        self._active.append(case)

    def _sample(self, case: Ongoing) -> None:
        self._recorder.doing(f"measuring {case.case.spoken}")
        samples = case.samples_per_turn()
        sampled, waited = self._timed(case, lambda: self._executor.sample(case.case, samples, case.left))
        case.take(sampled, self._taken, waited)
        self._taken += samples
        if case.enough(self._plan.seconds) and self._check_state(case):
            self._finish(case)

    def _finish(self, case: Ongoing) -> None:
        backend = case.case.backend.instance
        walks = backend.walks and case.problem.stack is None and self._recorder.wants_descent(case.case.id)
        closed, _ = self._timed(case, lambda: self._executor.close(case.case, case.left, keep=walks))
        if not self._check_state(case):
            return
        if closed.differing_fits and self._in_company(case):
            self._measure_alone(case)
            return
        self._record(case, closed, walks=walks)

    def _record(self, case: Ongoing, closed: Closed, *, walks: bool) -> None:
        greeting = self._executor.greeting(case.case)
        judged = judge(closed.fits, case.problem, case.case.backend.instance)
        descent = None
        total = judged.fit.iterations if isinstance(judged, Judged) else None
        if total is not None and self._recorder.wants_descent(case.case.id):
            descent = self._descent(case, total) if walks else Descent(stopped=UNSEEN)
        self._leave(case)
        self._recorder.measured(case.measured(self._number, judged, closed, greeting, descent))

    def _descent(self, case: Ongoing, total: int) -> Descent:
        """The way to the answer; whatever goes wrong with it costs nothing but itself."""
        epochs = epochs_to_keep(total)
        if case.left <= 0:
            return Descent(stopped="its samples left no time to walk it again")
        try:
            walked, _ = self._timed(case, lambda: self._executor.descend(case.case, epochs, case.left))
        except Failure as failure:
            if isinstance(failure, Lost):
                self._lose(case)
            return Descent(stopped=f"repeating the descent failed: {failure.reason}")
        return descent_of(walked, case.problem, total)

    def _timed(self, case: Ongoing, request: Callable[[], T]) -> tuple[T, float]:
        """Make a request at the expense of the case's limit; with it, the seconds that it took.

        Raises
        ------
        _Tampered
            When the case wrote to the files of its problem meanwhile.
        """
        start = self._executor.monotonic()
        try:
            answer = request()
        except Failure as failure:
            if not case.problem.untouched():
                raise _Tampered from failure
            raise
        finally:
            seconds = self._executor.monotonic() - start
            case.left -= seconds
        if not case.problem.untouched():
            raise _Tampered
        return answer, seconds


def _library(case: Case) -> str:
    library: Library = case.backend.instance.library
    return library.distribution if library.program else library.worker


def _changes(changed: Sequence[str]) -> str:
    return f"changed {', '.join(changed)} in its process"


def _why(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
