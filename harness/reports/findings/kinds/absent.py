"""Backends without an answer, and the reason."""

from collections.abc import Iterator

from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts, listed


@finding_kind
def absent(facts: Facts) -> Iterator[Finding]:
    """Backends that cannot answer or could not run, and the first one's reason."""
    for status, words in (("unsupported", "cannot answer"), ("missing", "could not run")):
        rows = [row for row in facts.run.rows if row.status == status]
        if rows:
            names = list(dict.fromkeys(map(facts.name, rows)))
            where = f" {facts.dataset(rows[0])}" if status == "unsupported" and len(rows) == len(names) else ""
            whose = f"{names[0]}: " if len(names) > 1 else ""
            reason = rows[0].worst.reason.rstrip(".") or "it gives no reason"
            yield Finding(
                text=f"{listed(names, 4)} {words}{where}: {whose}{reason}.",
                surprise=5, cases=tuple(row.case.id for row in rows), style="quiet",
            )  # fmt: skip
