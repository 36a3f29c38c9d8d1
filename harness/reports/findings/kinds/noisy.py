"""Times of a machine whose speed was not steady."""

from collections.abc import Iterator

from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts

MANY = 0.2
"""Share of noisy rows from which it is a finding."""


@finding_kind
def noisy(facts: Facts) -> Iterator[Finding]:
    """How many times are noisy, where many are."""
    timed = [row for row in facts.run.rows if row.timing]
    busy = [row for row in timed if row.timing and row.timing.noisy]
    if timed and len(busy) >= MANY * len(timed):
        yield Finding(
            text=f"{len(busy)} of {len(timed)} times are noisy, for the machine's speed was not steady: only large "
            "ratios between them mean something.",
            surprise=10, cases=tuple(row.case.id for row in busy), style="quiet",
        )  # fmt: skip
