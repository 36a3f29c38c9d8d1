"""What a run found, in sentences with their numbers, the most surprising first.

Each module under ``kinds`` is one kind of finding: a function of the file's own name, marked with `finding_kind`.
"""

from harness.catalog import module_names, namesake
from harness.reports.findings.base import Finding, FindingKind
from harness.reports.findings.facts import Facts
from harness.results import Run

__all__ = ["Facts", "Finding", "FindingKind", "finding_kinds", "findings"]

MOST = 7
"""Sentences that a reader takes in at a glance."""

PER_KIND = 2
"""Of them, of one kind."""


def finding_kinds() -> list[FindingKind]:
    """Every kind of finding there is, by name."""
    return [namesake(f"{__name__}.kinds.{name}", FindingKind) for name in module_names(f"{__name__}.kinds")]


def findings(run: Run, most: int = MOST) -> tuple[Finding, ...]:
    """What a run found: at most so many sentences, the most surprising first. A run that measured nothing has none."""
    facts = Facts(run)
    found = [each for kind in finding_kinds() for each in _strongest(kind, facts)]
    return tuple(sorted(found, key=lambda each: -each.surprise)[:most])


def _strongest(kind: FindingKind, facts: Facts) -> list[Finding]:
    return sorted(kind.find(facts), key=lambda each: -each.surprise)[:PER_KIND]
