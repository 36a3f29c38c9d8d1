"""Digits lost without harm."""

from collections.abc import Iterator

from harness.judgement.attainable import attainable
from harness.judgement.digits import digits
from harness.judgement.measured_in import measured_in
from harness.judgement.verdict import verdict
from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts
from harness.reports.findings.facts import lost_digits as lost
from harness.results import Row

LEAST = 2.0
"""Least lost digits for a finding."""


@finding_kind
def lost_digits(facts: Facts) -> Iterator[Finding]:
    """Direct methods whose error is harmless here, but that lose digits which others keep."""
    rows = [row for row in facts.run.rows if verdict.of(row) == "harmless" and row.worst.iterations is None]
    worst = max(rows, key=lost, default=None)
    if worst is None or lost(worst) < LEAST:
        return
    best = min(_beside(facts, worst), key=lost)
    beside = f", {facts.name(best)} {digits.of(best) or 0:.1f}" if lost(worst) - lost(best) > 1 else ""
    has, could = digits.of(worst) or 0.0, attainable.of(worst) or 0.0
    noise = "the target's spread" if measured_in.of(worst) == "target deviations" else "the data's own noise"
    yield Finding(
        text=f"{facts.name(worst)} keeps {has:.1f} of the {could:.1f} digits that {facts.dataset(worst)} "
        f"determines{beside}; harmless compared with {noise}.",
        surprise=min(60.0, 30 + 4 * lost(worst)), cases=(worst.case.id, best.case.id), style="doubtful",
    )  # fmt: skip


def _beside(facts: Facts, row: Row) -> list[Row]:
    """The rows with digits on the same dataset in the same precision, including this one."""
    same = (row.case.dataset_label, row.case.dtype)
    return [
        each
        for each in facts.run.rows
        if (each.case.dataset_label, each.case.dtype) == same and digits.of(each) is not None
    ]
