"""The interface of a cluster: hosts that come and go, and units sent to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.cluster.dispatch import Died, Finished, Joined, Left, Unit
from harness.cluster.protocol import Doing, HostFacts, Order


@dataclass(frozen=True)
class Arrived:
    """A host has joined and sent its facts."""

    host: str
    facts: HostFacts

    @property
    def event(self) -> Joined:
        """The event for the dispatcher."""
        return Joined(self.host)


@dataclass(frozen=True)
class Unfit:
    """A host has joined but cannot send its facts, for example because linbench is not installed on it."""

    host: str
    reason: str


News = Arrived | Unfit | Left | Finished | Died | Doing


class Pool(Protocol):
    """Hosts, wherever they are."""

    where: str
    """The argument of ``--on``."""

    def gather(self, *, everyone: bool = False) -> Sequence[Arrived | Unfit]:
        """Wait until there is a host, or all that may come; return the facts of those present.

        Raises
        ------
        ClusterError
            When none comes in time.
        """

    def start(self, host: str, unit: Unit, order: Order) -> None:
        """Send a unit to a free host."""

    def next(self) -> News | None:
        """Wait for news; None when there was none for a while.

        Raises
        ------
        ClusterError
            When the scheduler is gone.
        """

    def everywhere(self, ask: Callable[[], str], hosts: Sequence[str]) -> Sequence[str]:
        """Run ``ask`` on each of these hosts; return their answers.

        Raises
        ------
        ClusterError
            When one does not.
        """

    def close(self, *, interrupted: bool) -> None:
        """Release the hosts; those started for this pool end. An interrupted run's rows stay on them."""
