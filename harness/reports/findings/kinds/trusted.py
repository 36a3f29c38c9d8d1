"""Backends that are right everywhere."""

from collections.abc import Iterator

from harness.judgement.verdict import verdict
from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts, listed, right
from harness.units import count_text


@finding_kind
def trusted(facts: Facts) -> Iterator[Finding]:
    """Whom to trust: the backends that are right on every dataset of the run."""
    if not any(verdict.of(row) for row in facts.run.rows):
        return
    datasets = len(facts.groups)
    whole = {name: rows for name, rows in facts.by_backend.items() if len(rows) >= datasets}
    sure = [name for name, rows in whole.items() if all(map(right, rows))]
    everywhere = "on this dataset" if datasets == 1 else f"on all {count_text(datasets, 'dataset')}"
    of = f"{len(sure)} of {count_text(len(facts.by_backend), 'backend')}"
    if sure:
        verb = "is" if len(sure) == 1 else "are"
        text = f"{of} {verb} right {everywhere}: {listed(sure, 6)}."
    else:
        text = f"No backend is right {everywhere}."
    yield Finding(text=text, surprise=50 if sure else 60, style="good" if sure else "bad")
