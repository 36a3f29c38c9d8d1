"""Cases that failed."""

from collections.abc import Iterator

from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts, listed
from harness.results import FAILED
from harness.units import count_text


@finding_kind
def failed(facts: Facts) -> Iterator[Finding]:
    """Cases that raised, died, hung or ran out of memory."""
    rows = [row for row in facts.run.rows if row.status in FAILED]
    if rows:
        statuses = listed(row.status for row in rows)
        who = listed(facts.name(row) for row in rows)
        where = f" on {facts.dataset(rows[0])}" if len(rows) == 1 else ""
        reasons = dict.fromkeys(reason for row in rows if (reason := row.worst.reason.rstrip(".?")))
        why = f": {listed(reasons, 2)}" if reasons else ""
        yield Finding(
            text=f"{len(rows):,} of {count_text(len(facts.run.rows), 'case')} failed ({statuses}): {who}{where}{why}.",
            surprise=85, cases=tuple(row.case.id for row in rows), style="bad",
        )  # fmt: skip
