"""Findings, and kinds of findings."""

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
    """How unexpected it is: from 0 (as expected) to 100 (a wrong answer, claimed to be right)."""
    cases: tuple[str, ...] = ()
    """The ids of the cases that it is based on, the most important first; empty if on all."""
    style: Style = ""


@dataclass(frozen=True)
class FindingKind:
    """A kind of finding: its name, and the function that finds all of them in a run."""

    name: str
    about: str
    find: Callable[[Facts], Iterable[Finding]]


def finding_kind(find: Callable[[Facts], Iterable[Finding]]) -> FindingKind:
    """Make a function of a run's facts a `FindingKind`; its name and docstring are the kind's."""
    return FindingKind(find.__name__, " ".join((find.__doc__ or "").split()), find)
