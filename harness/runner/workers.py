"""The live workers of a round: one per library, environment and device, and one per isolated case."""

import os
import select
import time
from collections.abc import Mapping, Sequence

from harness.config import Case, Plan
from harness.environments import Built, Unbuilt
from harness.runner.executor import Failure, Lost
from harness.runner.library_worker import START_LIMIT, LibraryWorker, builds
from harness.runner.problems import PreparedProblem
from harness.runner.protocol import Closed, Descended, Greeting, Opened, Sampled
from harness.runner.timekeeping import FEWEST

Key = tuple[str, str, str, str]

MOST_IMPORTING = (os.cpu_count() or 1) + 1
"""Libraries that eager workers import at a time: one more than there are processors, as disks are slow too."""

POLL = 0.05
"""Seconds to wait at a time for a worker's greeting."""


class Workers:
    """The `harness.runner.executor.Executor` over child processes.

    Parameters
    ----------
    places : mapping of str to Built or Unbuilt
        What `harness.environments.build` made of each environment.
    eager : bool
        Whether cases begin while other libraries are still being imported, `MOST_IMPORTING` at a time. Those imports
        are paused while samples are taken.
    """

    def __init__(self, plan: Plan, places: Mapping[str, Built | Unbuilt], *, eager: bool = False) -> None:
        self._plan = plan
        self._eager = eager
        self._waiting: dict[Key, Case] = {}
        self._spawned: dict[Key, float] = {}
        self._places = places
        self._live: dict[Key, LibraryWorker] = {}
        self._failed: dict[Key, Failure] = {}
        self._greetings: dict[Key, Greeting] = {}
        self._isolated: set[str] = set()
        self._paused = False

    def isolate(self, case: Case) -> None:
        """Give the case a worker of its own from now on."""
        self._isolated.add(case.id)

    def worker_of(self, case: Case) -> Key:
        """Library, environment and device, and the case itself where it is isolated."""
        library = case.backend.instance.library.worker
        return library, case.environment, case.device, case.id if case.id in self._isolated else ""

    def greeting(self, case: Case) -> Greeting | None:
        """The first message of the case's worker, sent once its library is imported; None where none came."""
        return self._greetings.get(self.worker_of(case))

    def changed(self, case: Case) -> tuple[str, ...]:
        """What has changed in the process of the case's worker since it imported its library, in words."""
        worker = self._live.get(self.worker_of(case))
        return () if worker is None else worker.changed

    def changed_earlier(self, case: Case) -> bool:
        """Whether it had changed before the last request, so that any case of the worker may be the cause."""
        worker = self._live.get(self.worker_of(case))
        return worker is not None and worker.earlier

    def start(self, cases: Sequence[Case]) -> None:
        """Start every shared worker at once and wait until each is ready or has failed."""
        self._waiting = {self.worker_of(case): case for case in reversed(cases) if case.id not in self._isolated}
        if self._eager:
            self._spawn_some()
            return
        while self._waiting:
            self._spawn(*self._waiting.popitem())
        for key in [*self._live]:
            self._greet(key)

    def ready(self, cases: Sequence[Case], *, wait: bool) -> Sequence[Case]:
        """The cases whose library is imported, or cannot be; all of them unless the workers are eager.

        Eager workers put off methods that must still make something once per machine until nothing else is ready.
        """
        while True:
            self._greet_imported(POLL if wait else 0.0)
            found = [case for case in cases if self._needs_no_wait(self.worker_of(case))]
            if self._eager:
                made = [case for case in found if case.backend.instance.made()]
                found = made if made or not wait or len(found) < len(cases) else found
            if found or not wait:
                return found

    def _needs_no_wait(self, key: Key) -> bool:
        return key in self._greetings or key in self._failed or not (key in self._live or key in self._waiting)

    def _greet_imported(self, seconds: float) -> None:
        """Read the greetings of workers that have imported their library by now, and start others in their place."""
        if importing := self._importing():
            pipes = {self._live[key].pipe: key for key in importing}
            for pipe in select.select([*pipes], [], [], seconds)[0]:
                self._greet(pipes[pipe])
            for key in self._importing():
                self._give_up_late(key)
        self._spawn_some()

    def _import_more(self) -> None:
        """While a case is prepared: let further workers import in place of those that have finished."""
        if not self._paused:
            self._paused = True  # no second call from within: reading a greeting waits for an answer, too
            try:
                self._greet_imported(0.0)
            finally:
                self._paused = False

    def _importing(self) -> list[Key]:
        return [key for key in self._live if key not in self._greetings]

    def _give_up_late(self, key: Key) -> None:
        if self.monotonic() - self._spawned[key] > START_LIMIT:
            self._failed[key] = Failure("timeout", f"did not import its library within {START_LIMIT:g} s")
            self._live.pop(key).end()

    def _spawn_some(self) -> None:
        while self._waiting and len(self._importing()) < MOST_IMPORTING:
            self._spawn(*self._waiting.popitem())

    def build(self, case: Case) -> None:
        """Make what the case's method needs once per machine, such as compiled code, in its worker."""
        if builds(case):
            self._ready(case).build(case)

    def open(self, case: Case, problem: PreparedProblem, limit: float) -> Opened:
        """Prepare a case in its worker, which is restarted where it was lost."""
        return self._ready(case).open(case, problem, limit)

    def sample(self, case: Case, samples: int, limit: float) -> Sampled:
        """Take so many samples."""
        worker, importing = self._ready(case), [self._live[key] for key in self._importing()]
        for each in importing:
            each.pause()
        self._paused = True
        try:
            return worker.sample(case, samples, limit)
        finally:
            self._paused = False
            for each in importing:
                each.resume()

    def close(self, case: Case, limit: float, *, keep: bool) -> Closed:
        """Return the fits, and forget the case unless it is kept for its descent."""
        return self._ready(case).close(case, limit, keep=keep)

    def descend(self, case: Case, epochs: Sequence[int], limit: float) -> Descended:
        """Repeat the iterations, keep those of these epochs, and forget the case."""
        return self._ready(case).descend(case, epochs, limit)

    def lose(self, case: Case) -> None:
        """Kill the case's worker; another is started when it is needed."""
        worker = self._live.pop(self.worker_of(case), None)
        if worker is not None:
            worker.end()

    def monotonic(self) -> float:
        """The system's monotonic clock."""
        return time.monotonic()

    def end(self) -> None:
        """Kill all, then wait for each: the system takes a while to free their memory."""
        for worker in self._live.values():
            worker.kill()
        while self._live:
            self._live.popitem()[1].end()

    def _ready(self, case: Case) -> LibraryWorker:
        key = self.worker_of(case)
        if key not in self._live and key not in self._failed:
            self._waiting.pop(key, None)
            self._greetings.pop(key, None)
            self._spawn(key, case)
        if key in self._live and key not in self._greetings:
            self._greet(key)
        if key in self._failed:
            raise self._failed[key]
        return self._live[key]

    def _spawn(self, key: Key, case: Case) -> None:
        place = self._places[case.environment]
        if isinstance(place, Unbuilt):
            self._failed[key] = Failure(place.status, place.reason)
            return
        self._spawned[key] = self.monotonic()
        self._live[key] = LibraryWorker(
            case.backend.instance.library,
            device=case.device,
            threads=self._plan.threads,
            memory=self._plan.memory,
            late=f"took longer than the plan's limit of {self._plan.limit:g} s",
            place=place,
            meanwhile=self._import_more if self._eager else None,
            controls=FEWEST if self._eager else None,  # as few as a drift can be told from; twenty take 40 ms
        )

    def _greet(self, key: Key) -> None:
        if key in self._failed:
            return
        try:
            self._greetings[key] = self._live[key].greeting()
        except Lost as lost:
            self._failed[key] = Failure(lost.status, f"while importing its library: {lost.reason}")
        except Failure as failure:
            self._failed[key] = failure
        if key in self._failed:
            self._live.pop(key).end()
