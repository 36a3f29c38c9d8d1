"""The interface between a round and the workers that do its work, and the two ways that a request fails."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Protocol

from harness.config import Case
from harness.results import Status
from harness.runner.protocol import Closed, Descended, Greeting, Opened, Sampled

if TYPE_CHECKING:
    from harness.runner.problems import PreparedProblem


class Failure(Exception):
    """A request failed. The case gets this status and reason; its worker is still alive.

    Where one of many fits failed, ``fit`` is its number, and the reason starts with it: ``fit 3: …``.
    """

    def __init__(self, status: Status, reason: str, fit: int | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.fit = fit


class Lost(Failure):
    """A worker died or was killed. The case it was working on gets this status and reason."""


class Executor(Protocol):
    """Workers for the cases of one round. Requests raise `Failure` or `Lost`, and nothing else."""

    def isolate(self, case: Case) -> None:
        """Give the case a worker of its own from now on."""

    def start(self, cases: Sequence[Case]) -> None:
        """Start the workers that these cases share, all at once, and wait until each is ready or has failed."""

    def ready(self, cases: Sequence[Case], *, wait: bool) -> Sequence[Case]:
        """The cases that can be opened without waiting for an import; with ``wait``, at least one."""

    def worker_of(self, case: Case) -> Hashable:
        """The key of the case's worker; cases that share a worker have the same key."""

    def greeting(self, case: Case) -> Greeting | None:
        """The first message of the case's worker, sent once its library is imported; None where none came."""

    def changed(self, case: Case) -> tuple[str, ...]:
        """What has changed in the process of the case's worker since it imported its library, in words."""

    def changed_earlier(self, case: Case) -> bool:
        """Whether it had changed before the last request, so that any case of the worker may be the cause."""

    def build(self, case: Case) -> None:
        """Make what the case's method needs once per machine, such as compiled code, in its worker."""

    def open(self, case: Case, problem: PreparedProblem, limit: float) -> Opened:
        """Prepare a case in its worker, which is restarted where it was lost; ``limit`` is in seconds."""

    def sample(self, case: Case, samples: int, limit: float) -> Sampled:
        """Take so many samples."""

    def close(self, case: Case, limit: float, *, keep: bool) -> Closed:
        """Return the fits, and forget the case unless it is kept for its descent."""

    def descend(self, case: Case, epochs: Sequence[int], limit: float) -> Descended:
        """Repeat the iterations, keep those of these epochs, and forget the case."""

    def lose(self, case: Case) -> None:
        """Kill the case's worker; another is started when it is needed."""

    def monotonic(self) -> float:
        """Seconds on the clock that measures limits."""

    def end(self) -> None:
        """Kill every worker."""
