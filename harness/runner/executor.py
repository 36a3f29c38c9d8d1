"""Who does the work of a round. The schedule knows no more of workers than this."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Protocol

from harness.config import Case
from harness.results import Status
from harness.runner.protocol import Closed, Descended, Greeting, Opened, Sampled

if TYPE_CHECKING:
    from harness.runner.problems import PreparedProblem


class Failure(Exception):
    """A request could not be done; the case gets this status and reason, and its worker is still there.

    Where it is one of many fits that could not be done, ``fit`` says which, as the reason does: ``fit 3: …``.
    """

    def __init__(self, status: Status, reason: str, fit: int | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.fit = fit


class Lost(Failure):
    """A worker is gone, or has been ended; the case it was at gets this status and reason."""


class Executor(Protocol):
    """Workers for the cases of one round. Every request raises `Failure` or `Lost`, and nothing else."""

    def isolate(self, case: Case) -> None:
        """From now on the case has a worker of its own."""

    def start(self, cases: Sequence[Case]) -> None:
        """Start the workers that these cases share side by side and wait until they are ready, or have failed to be."""

    def ready(self, cases: Sequence[Case], *, wait: bool) -> Sequence[Case]:
        """Those of these cases that can be opened without waiting for a library; none only where ``wait`` is False."""

    def worker_of(self, case: Case) -> Hashable:
        """What is the same for cases that share a worker."""

    def greeting(self, case: Case) -> Greeting | None:
        """What the case's worker said when it had imported its library; None where there was none."""

    def changed(self, case: Case) -> tuple[str, ...]:
        """State of the case's worker that is no longer as it was when its library had been imported, in words."""

    def changed_earlier(self, case: Case) -> bool:
        """Whether it was so before the last request, so that any case of the worker may have done it."""

    def build(self, case: Case) -> None:
        """See that what its method needs once per machine is made, in its worker."""

    def open(self, case: Case, problem: PreparedProblem, limit: float) -> Opened:
        """Prepare a case in its worker, which is started anew where it was lost; ``limit`` is in seconds."""

    def sample(self, case: Case, samples: int, limit: float) -> Sampled:
        """Take so many samples."""

    def close(self, case: Case, limit: float, *, keep: bool) -> Closed:
        """Give the fits, and forget the case unless it is kept for its descent."""

    def descend(self, case: Case, epochs: Sequence[int], limit: float) -> Descended:
        """Walk the iterations once more, keep those of these epochs, and forget the case."""

    def lose(self, case: Case) -> None:
        """End the case's worker; another is started when it is needed."""

    def monotonic(self) -> float:
        """Seconds on the clock that limits are held against."""

    def end(self) -> None:
        """End every worker."""
