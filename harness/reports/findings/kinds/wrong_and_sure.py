"""Wrong answers that claim to be right."""

import math
from collections.abc import Iterator

from harness.judgement.digits import digits
from harness.judgement.verdict import verdict
from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts, error, error_text, right
from harness.results import Row


@finding_kind
def wrong_and_sure(facts: Facts) -> Iterator[Finding]:
    """Wrong answers, by an error that matters, from backends that report success."""
    for name, rows in facts.by_backend.items():
        wrong = [row for row in rows if row.status == "ok" and verdict.of(row) in ("wrong", "visible")]
        if wrong:
            worst = sorted(wrong, key=error, reverse=True)
            size = 5 * math.log10(max(error(worst[0]), 0.01)) + 10 * _avoidable(facts, worst[0])
            claim = "reports success" if worst[0].worst.iterations is None else "calls itself converged"
            text = f"{name} is {error_text(worst[0])} on {facts.dataset(worst[0])} and {claim}"
            elsewhere = f"; it does so on {len(worst)} of {len(rows)} datasets" if len(worst) > 1 else ""
            yield Finding(
                text=f"{text}{_digits(worst[0])}{elsewhere}.{facts.why(worst[0])}",
                surprise=70 + min(max(size, 0.0), 30.0), cases=tuple(row.case.id for row in worst), style="bad",
            )  # fmt: skip


def _digits(row: Row) -> str:
    correct = digits.of(row)
    return "" if correct is None else f" ({correct:.1f} correct digits)"


def _avoidable(facts: Facts, row: Row) -> bool:
    """Whether another backend is right on the dataset."""
    group = next(each for each in facts.groups if each.title == row.case.dataset_label)
    return any(right(each.row) for each in group.rows)
