"""Methods that diverged."""

from collections.abc import Iterator

from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts, listed


@finding_kind
def diverged(facts: Facts) -> Iterator[Finding]:
    """Iterative methods that diverged."""
    rows = [row for row in facts.run.rows if row.status == "diverged"]
    if rows:
        who = list(dict.fromkeys(map(facts.name, rows)))
        tried = sum(len(facts.by_backend[name]) for name in who)
        cases = (
            f"{'all' if len(rows) == tried else f'{len(rows)} of'} {'its' if len(who) == 1 else 'their'} {tried} cases"
        )
        where = f"on {facts.dataset(rows[0])}" if len(rows) == 1 else f"in {cases}"
        verb, why = "diverges" if len(who) == 1 else "diverge", rows[0].worst.reason.rstrip(".")
        yield Finding(
            text=f"{listed(who, 4)} {verb} {where}: no answer at all.{f' Why: {why}.' if why else ''}",
            surprise=45, cases=tuple(row.case.id for row in rows), style="doubtful",
        )  # fmt: skip
