"""Right answers of methods that report no convergence."""

from collections.abc import Iterator

from harness.judgement.digits import digits
from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts, right


@finding_kind
def right_unclaimed(facts: Facts) -> Iterator[Finding]:
    """Iterative methods that used up their epochs, but whose answer is right."""
    for name, rows in facts.by_backend.items():
        found = [row for row in rows if row.status == "not_converged" and right(row)]
        if found:
            best = max(found, key=lambda row: digits.of(row) or 0.0)
            yield Finding(
                text=f"{name} never says that it has converged {facts.place(found, rows)}, yet its answer there "
                f"is right (up to {digits.of(best) or 0.0:.1f} digits).",
                surprise=35 + (digits.of(best) or 0.0) / 2,
                cases=tuple(row.case.id for row in found), style="doubtful",
            )  # fmt: skip
