"""What travels between the parent and a host, as JSON: the order for a unit, what it came to, what a host is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.config import CaseKey, Plan
from harness.environments import EnvironmentRecord
from harness.machine import Host
from harness.results import Measurement, ProblemRecord


@dataclass(frozen=True, kw_only=True)
class Order:
    """One dataset's cases of one round, to be measured."""

    run: str
    """The run's id, from which the order of the samples is drawn."""
    plan: Plan
    environments: tuple[EnvironmentRecord, ...]
    cases: tuple[CaseKey, ...]
    round: int
    walked: tuple[str, ...] = ()
    """Cases whose descent is on record."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What a unit came to: a measurement of each of its cases, and the problems that these were fitted to."""

    measurements: tuple[Measurement, ...]
    problems: tuple[ProblemRecord, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Doing:
    """What a host says while it is at a unit."""

    host: str
    what: str
    """How far a pass over data is, in a line; "" once it is over."""


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """What a host is asked when it joins."""

    run: str
    distributions: tuple[str, ...] = ()
    """Whose versions matter."""
    cores: tuple[int, ...] = ()
    """The processors that it is to use and no others; empty where all are its own."""


@dataclass(frozen=True, kw_only=True)
class HostFacts:
    """What a host says of itself."""

    host: Host
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of Python, linbench and the distributions it was asked about; those that are not installed are left out."""
