"""What the parent needs of a cluster: hosts that come and go, and units sent to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.cluster.dispatch import Died, Finished, Joined, Left, Unit
from harness.cluster.errand import Doing, HostFacts, Order


@dataclass(frozen=True)
class Arrived:
    """A host is there and has said what it is."""

    host: str
    facts: HostFacts

    @property
    def event(self) -> Joined:
        """As the dispatcher is told."""
        return Joined(self.host)


@dataclass(frozen=True)
class Unfit:
    """A host is there that cannot be asked what it is: linbench is not installed on it, say."""

    host: str
    reason: str


News = Arrived | Unfit | Left | Finished | Died | Doing


class Jobs(Protocol):
    """The jobs of a batch system that hosts run in."""

    def fate(self, worker: str) -> str:
        """What has become of the job of a worker that is gone; empty where nobody knows."""

    def coming(self) -> int:
        """How many run or may yet."""

    def over(self) -> str:
        """What has become of all of them where none is left, in words; else empty."""

    def told(self) -> str:
        """What the batch system says of each, in words; empty before there is any."""


class Pool(Protocol):
    """Hosts, wherever they are."""

    where: str
    """What it was asked for with."""

    def gather(self, *, everyone: bool = False) -> Sequence[Arrived | Unfit]:
        """Wait until there is a host, or everyone that may come, and ask all that are there what they are.

        Raises
        ------
        ClusterError
            When none comes in time.
        """

    def start(self, host: str, unit: Unit, order: Order) -> None:
        """Send a unit to a host that is free."""

    def next(self) -> News | None:
        """Wait for something to happen; None when nothing has for a while.

        Raises
        ------
        ClusterError
            When the scheduler is gone.
        """

    def everywhere(self, ask: Callable[[], str], hosts: Sequence[str]) -> Sequence[str]:
        """What each of these hosts answers.

        Raises
        ------
        ClusterError
            When one does not.
        """

    def close(self, *, interrupted: bool) -> None:
        """Let go of the hosts; those that were started for this pool end. An interrupted run's rows stay on them."""
