"""The messages between the parent and a host, as JSON: orders and deliveries of units, inquiries and facts of hosts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.config import CaseKey, Plan
from harness.environments import EnvironmentRecord
from harness.machine import Host
from harness.results import Measurement, ProblemRecord


@dataclass(frozen=True, kw_only=True)
class Order:
    """One dataset's cases of one round, to measure."""

    run: str
    """The run's id, which seeds the order of the samples."""
    plan: Plan
    environments: tuple[EnvironmentRecord, ...]
    cases: tuple[CaseKey, ...]
    round: int
    with_descent: tuple[str, ...] = ()
    """Cases whose descent is recorded already."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A unit's results: a measurement of each case, and their problems."""

    measurements: tuple[Measurement, ...]
    problems: tuple[ProblemRecord, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Doing:
    """Progress of a host on its unit."""

    host: str
    what: str
    """The progress of a pass over data, in a line; "" once it has ended."""


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """Sent to a host when it joins."""

    run: str
    distributions: tuple[str, ...] = ()
    """Distributions whose versions are compared."""
    cores: tuple[int, ...] = ()
    """The only processors that it may use; empty for all."""


@dataclass(frozen=True, kw_only=True)
class HostFacts:
    """A host's machine and versions."""

    host: Host
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of Python, linbench and the distributions of the inquiry, as far as installed."""
