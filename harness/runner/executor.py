"""Who does the work of a round. The schedule knows no more of workers than this."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Protocol

from harness.config import Case
from harness.results import Status
from harness.runner.problems import PreparedProblem
from harness.runner.protocol import Closed, Descended, Opened, Sampled

__all__ = ["Executor", "Failure", "Lost"]


class Failure(Exception):
    """A request could not be done; the case gets this status and reason, and its worker is still there."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Lost(Failure):
    """A worker is gone, or has been ended; the case it was at gets this status and reason."""


class Executor(Protocol):
    """Workers for the cases of one round. Every request raises `Failure` or `Lost`, and nothing else."""

    def start(self, cases: Sequence[Case]) -> None:
        """Start the workers of these cases side by side and wait until they are ready, or have failed to be."""

    def worker_of(self, case: Case) -> Hashable:
        """What is the same for cases that share a worker."""

    def versions(self, case: Case) -> Mapping[str, str]:
        """What the case's worker said it had imported; empty where there was none."""

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
