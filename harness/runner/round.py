"""One round: fresh workers, whose cases are measured one at a time, in turns of samples in random order."""

import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import groupby
from typing import TypeVar

from backends.base import Library
from harness.config import Case, Plan
from harness.results import FAILED, Descent, Measurement, now
from harness.runner.descents import descent_of, epochs_to_keep
from harness.runner.executor import Executor, Failure, Lost
from harness.runner.judge import Judged, judge
from harness.runner.library_worker import builds
from harness.runner.ongoing import Ongoing
from harness.runner.problems import PreparedProblem, ProblemStore
from harness.runner.protocol import Closed
from harness.runner.recorder import RoundRecorder

T = TypeVar("T")

NOT_EXPOSED = "its library does not expose its intermediate epochs"

WROTE = "it wrote to the files that hold the data of all cases"


class _Tampered(Exception):
    """A case wrote to the files that hold its problem."""


class Round:
    """One round of measurements.

    Cases of one library share a worker. A case that fails in a shared worker is measured again alone, in a fresh one,
    before it is blamed. A case that changes the state of its process is measured alone from then on, and the others of
    its worker start again in a fresh one.

    Parameters
    ----------
    number : int
        From 0.
    isolated : set of str
        The ids of cases that are measured alone since an earlier round; the round adds those that turn out to need it.
    """

    def __init__(
        self,
        number: int,
        plan: Plan,
        executor: Executor,
        problems: ProblemStore,
        recorder: RoundRecorder,
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
        self._opened_in: dict[Hashable, set[str]] = defaultdict(set)
        self._proven: set[Hashable] = set()
        """Workers in which some case has been opened, so that their library is known to work."""

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
            beside.shutdown(wait=False, cancel_futures=True)  # last: a loader that its thread started dies with it

    def _start(self, cases: Sequence[Case], beside: ThreadPoolExecutor) -> None:
        """Start the workers, and load what data can be loaded while they import their libraries."""
        self._recorder.doing("starting workers for " + ", ".join(sorted({_library(case) for case in cases})))
        loads = [beside.submit(self._problems.problem, case) for case in cases]  # failures are raised again in turn
        self._executor.start(cases)
        for each in loads:
            each.cancel()
        wait(loads)

    def _groups(self, cases: Sequence[Case]) -> Iterator[list[Case]]:
        """The cases by dataset, in random order: what is compared is then measured within the same minute."""
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
                self._do_step(self._open, case)
            else:
                self._do_step(self._sample, self._random.choice(self._active))

    def _next_to_open(self) -> Ongoing | None:
        """The last pending case whose library is imported, popped; None where active ones can be sampled meanwhile."""
        cases = [each.case for each in self._pending]
        ready = {case.id for case in self._executor.ready(cases, wait=not self._active)} if cases else set()
        place = next((i for i in reversed(range(len(cases))) if cases[i].id in ready), None)
        return None if place is None else self._pending.pop(place)

    def _problem(self, case: Case) -> PreparedProblem | None:
        self._recorder.doing(f"loading {case.dataset.label}")
        try:
            problem = self._problems.problem(case)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the data ends as a row
            status = error.status if isinstance(error, Failure) else "error"
            self._recorder.measured(
                Measurement(case=case.id, round=self._number, status=status, reason=_why(error), started=now())
            )
            return None
        self._recorder.problem(problem)
        return problem

    def _do_step(self, step: Callable[[Ongoing], None], case: Ongoing) -> None:
        """Do a step of a case; a failure ends as its row, and costs no other case."""
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
        """Record a failure; in a shared worker, measure the case again alone before it is blamed."""
        lost_library = failure.status == "missing" and self._executor.worker_of(case.case) in self._proven
        if self._culprit_unclear(case):
            self._measure_suspects_alone(case)
            return
        retry = (failure.status in FAILED or lost_library) and self._shared_its_worker(case)
        changed = self._executor.changed(case.case)
        if changed:
            case.note(_changes(changed))
        if isinstance(failure, Lost) or (changed and case.case.id not in self._isolated):
            self._lose(case)
        if retry:
            case.first_failure = failure
            self._measure_alone(case)
        else:
            self._record_failure(case, failure)

    def _shared_its_worker(self, case: Ongoing) -> bool:
        """Whether other cases have been opened in the case's worker."""
        there = self._executor.greeting(case.case) is not None
        return there and len(self._opened_in[self._executor.worker_of(case.case)]) > 1

    def _record_failure(self, case: Ongoing, failure: Failure) -> None:
        greeting = self._executor.greeting(case.case)
        self._take_off(case)
        reason = failure.reason
        if failure.fit is not None:
            reason = reason.replace(f"fit {failure.fit}", case.problem.fit(failure.fit), 1)
        self._recorder.measured(case.failed(self._number, failure.status, reason, greeting))

    def _take_off(self, case: Ongoing) -> None:
        """The case is done, or is to be measured elsewhere: end its own worker, if it has one."""
        if case in self._active:
            self._active.remove(case)
        if case.case.id in self._isolated:
            self._executor.lose(case.case)

    def _measure_alone(self, case: Ongoing) -> None:
        """Start a case again in a worker of its own, in later rounds too."""
        self._take_off(case)
        self._isolated.add(case.case.id)
        self._executor.isolate(case.case)
        case.restart(self._plan.limit)
        self._pending.append(case)

    def _lose(self, lost: Ongoing) -> None:
        """Kill a case's worker; the other active cases of that worker start again in a fresh one."""
        worker = self._executor.worker_of(lost.case)
        self._executor.lose(lost.case)
        self._opened_in.pop(worker, None)
        self._proven.discard(worker)
        others = self._others(lost)
        for each in others:
            self._active.remove(each)
            each.restart(self._plan.limit)
        self._pending += others

    def _others(self, case: Ongoing) -> list[Ongoing]:
        """The other active cases of a case's worker."""
        worker = self._executor.worker_of(case.case)
        return [each for each in self._active if each is not case and self._executor.worker_of(each.case) == worker]

    def _check_state(self, case: Ongoing) -> bool:
        """Whether the worker's state is unchanged; if not, name the case and stop using the worker."""
        changed = self._executor.changed(case.case)
        if not changed:
            return True
        if self._culprit_unclear(case):
            self._measure_suspects_alone(case)
            return False
        case.note(_changes(changed))
        if case.case.id in self._isolated:
            return True  # no other case shares the worker
        self._lose(case)
        if case in self._active:
            self._measure_alone(case)
        else:
            self._isolated.add(case.case.id)
        return False

    def _culprit_unclear(self, case: Ongoing) -> bool:
        """Whether any case of a shared worker may have changed its state: it changed before the last request."""
        return self._executor.changed_earlier(case.case) and self._shared_its_worker(case)

    def _measure_suspects_alone(self, case: Ongoing) -> None:
        """Measure every case of the worker alone: the culprit will change the state again."""
        others = self._others(case)
        self._lose(case)
        for each in others:  # `_lose` made them pending
            self._isolated.add(each.case.id)
            self._executor.isolate(each.case)
        self._measure_alone(case)

    def _renew_problems(self) -> None:
        """Files were written to: remake them, and start every active case again."""
        for case in [*self._active]:
            self._active.remove(case)
            self._executor.lose(case.case)
            case.restart(self._plan.limit)
            self._pending.append(case)
        self._opened_in.clear()
        for case in [*self._pending]:
            problem = self._problem(case.case)
            if problem is None:
                self._pending.remove(case)
            else:
                case.problem = problem

    def _open(self, case: Ongoing) -> None:
        once = ", which compiles once per machine" if builds(case.case) else ""
        self._recorder.doing(f"preparing {case.case.description}{once}")
        self._opened_in[self._executor.worker_of(case.case)].add(case.case.id)
        self._executor.build(case.case)  # does not count towards its limit
        case.opened, _ = self._timed(case, lambda: self._executor.open(case.case, case.problem, case.left))
        self._proven.add(self._executor.worker_of(case.case))
        self._active.append(case)

    def _sample(self, case: Ongoing) -> None:
        self._recorder.doing(f"measuring {case.case.description}")
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
        if closed.differing_fits and self._shared_its_worker(case):
            self._measure_alone(case)
            return
        self._record(case, closed, walks=walks)

    def _record(self, case: Ongoing, closed: Closed, *, walks: bool) -> None:
        greeting = self._executor.greeting(case.case)
        judged = judge(closed.fits, case.problem, case.case.backend.instance)
        descent = None
        total = judged.fit.iterations if isinstance(judged, Judged) else None
        if total is not None and self._recorder.wants_descent(case.case.id):
            descent = self._descent(case, total) if walks else Descent(stopped=NOT_EXPOSED)
        self._take_off(case)
        self._recorder.measured(case.measured(self._number, judged, closed, greeting, descent))

    def _descent(self, case: Ongoing, total: int) -> Descent:
        """The descent to the answer; if that fails, the reason, and the measurement is kept."""
        epochs = epochs_to_keep(total)
        if case.left <= 0:
            return Descent(stopped="its samples left no time to repeat it")
        try:
            descended, _ = self._timed(case, lambda: self._executor.descend(case.case, epochs, case.left))
        except Failure as failure:
            if isinstance(failure, Lost):
                self._lose(case)
            return Descent(stopped=f"repeating the descent failed: {failure.reason}")
        return descent_of(descended, case.problem, total)

    def _timed(self, case: Ongoing, request: Callable[[], T]) -> tuple[T, float]:
        """Make a request whose time counts towards the case's limit; return its answer and seconds.

        Raises
        ------
        _Tampered
            When the case wrote to the files of its problem.
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
