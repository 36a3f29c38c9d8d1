"""Data that do not determine the coefficients."""

from collections.abc import Iterator

from harness.judgement.ill_posed import ill_posed
from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts, listed


@finding_kind
def undetermined(facts: Facts) -> Iterator[Finding]:
    """Datasets whose columns depend on one another, so that no coefficient means anything."""
    rows = [row for row in facts.run.rows if ill_posed.of(row)]
    if rows:
        names = list(dict.fromkeys(map(facts.dataset, rows)))
        verb = "does" if len(names) == 1 else "do"
        yield Finding(
            text=f"{listed(names)} {verb} not determine the coefficients: columns depend on one another.",
            surprise=40, cases=tuple(row.case.id for row in rows), style="doubtful",
        )  # fmt: skip
