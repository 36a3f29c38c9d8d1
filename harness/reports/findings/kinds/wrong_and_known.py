"""Wrong answers that are reported as such."""

from collections.abc import Iterator

from harness.judgement.verdict import verdict
from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts, error, error_text


@finding_kind
def wrong_and_known(facts: Facts) -> Iterator[Finding]:
    """Iterative methods that used up their epochs before they reached the answer."""
    for name, rows in facts.by_backend.items():
        wrong = [row for row in rows if row.status == "not_converged" and verdict.of(row) in ("wrong", "visible")]
        if wrong:
            worst = max(wrong, key=error)
            yield Finding(
                text=f"{name} is {error_text(worst)} on {facts.dataset(worst)} and says so: it did not converge."
                f"{facts.why(worst)}",
                surprise=20, cases=tuple(row.case.id for row in wrong), style="doubtful",
            )  # fmt: skip
