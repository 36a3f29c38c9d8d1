"""A busy machine."""

from collections.abc import Iterator

from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts

MANY = 0.2
"""Share of the timed rows from which a reader must know."""


@finding_kind
def noisy(facts: Facts) -> Iterator[Finding]:
    """Whether the machine was too busy for the times to be trusted far."""
    timed = [row for row in facts.run.rows if row.timing]
    busy = [row for row in timed if row.timing and row.timing.noisy]
    if timed and len(busy) >= MANY * len(timed):
        yield Finding(
            text=f"The machine was busy: {len(busy)} of {len(timed)} times are noisy, so read their ratios, not their "
            "last digits.",
            surprise=10, cases=tuple(row.case.id for row in busy), style="quiet",
        )  # fmt: skip
