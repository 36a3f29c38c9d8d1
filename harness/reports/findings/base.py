"""What a finding is, and the kind that it is of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.reports.sheet import Style

if TYPE_CHECKING:
    from harness.reports.findings.facts import Facts


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a run found."""

    text: str
    """A sentence with its numbers; plain text."""
    surprise: float
    """How far it is from what a reader takes for granted: 0 (as expected) to 100 (a wrong answer, called right)."""
    cases: tuple[str, ...] = ()
    """The ids of the cases that it rests on, the most telling first; empty where it rests on all."""
    style: Style = ""


@dataclass(frozen=True)
class FindingKind:
    """One kind of finding: its name, and the function that finds all there are in a run."""

    name: str
    about: str
    find: Callable[[Facts], Iterable[Finding]]


def finding_kind(find: Callable[[Facts], Iterable[Finding]]) -> FindingKind:
    """Make a function of a run's facts a `FindingKind`; its name and docstring are the kind's."""
    return FindingKind(find.__name__, " ".join((find.__doc__ or "").split()), find)
