"""What a run found, in sentences with their numbers, the most surprising first.

Each module under ``kinds`` is one kind of finding: a function of the file's own name, marked with `finding_kind`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from harness.catalog import module_names, namesake
from harness.reports.findings.base import Finding, FindingKind
from harness.reports.findings.facts import Facts, listed
from harness.results import Run

if TYPE_CHECKING:
    from harness.explain import Identified

__all__ = ["Facts", "Finding", "FindingKind", "finding_kinds", "findings", "record"]

MOST = 7
"""Most sentences: what a reader takes in at a glance."""

PER_KIND = 2
"""Most sentences of one kind."""

MOST_NAMED = 4
"""Most backends named in place of the omitted sentences of a kind."""


def finding_kinds() -> list[FindingKind]:
    """All kinds of findings, by name."""
    return [namesake(f"{__name__}.kinds.{name}", FindingKind) for name in module_names(f"{__name__}.kinds")]


def findings(run: Run, reasons: Mapping[str, Identified] | None = None) -> tuple[Finding, ...]:
    """What a run found: at most `MOST` sentences, the most surprising first. A run that measured nothing has none.

    Parameters
    ----------
    reasons : mapping of str to Identified, optional
        By case: the problem that its answer solves, if `explain` has looked for it.
    """
    facts = Facts(run, reasons or {})
    found = [each for kind in finding_kinds() for each in _strongest(kind, facts)]
    return tuple(sorted(found, key=lambda each: -each.surprise)[:MOST])


def record(run: Run, reasons: Mapping[str, Identified] | None = None) -> dict[str, Any]:
    """The run's record, with its findings."""
    return {**run.record(), "findings": [asdict(each) for each in findings(run, reasons)]}


def _strongest(kind: FindingKind, facts: Facts) -> list[Finding]:
    """The most surprising findings of a kind; the last one also names omitted backends with wrong answers."""
    found = sorted(kind.find(facts), key=lambda each: -each.surprise)
    kept, left = found[:PER_KIND], found[PER_KIND:]
    backends = {row.case.id: facts.name(row) for row in facts.run.rows}
    wrong = [(backends[each.cases[0]], each.text) for each in left if each.style == "bad" and each.cases]
    names = [name for name, text in wrong if text.startswith(name)]  # a sentence about a backend
    if names:
        kept[-1] = replace(kept[-1], text=f"{kept[-1].text} Also off: {listed(names, MOST_NAMED)}.")
    return kept
