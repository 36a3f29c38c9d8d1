"""Environments that give different digits."""

from collections.abc import Iterator

from harness.judgement.digits import digits
from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts
from harness.results import Row

LEAST = 3.0
"""Least difference in digits between two environments."""


@finding_kind
def environments_differ(facts: Facts) -> Iterator[Finding]:
    """One backend on one problem, with different digits in two environments: a release that lost some."""
    alike: dict[tuple[str, str, str, str], list[Row]] = {}
    for row in facts.run.rows:
        if digits.of(row) is not None:
            key = row.case
            alike.setdefault((key.dataset_label, key.backend_label, key.dtype, key.device), []).append(row)
    pairs = [(min(rows, key=_digits), max(rows, key=_digits)) for rows in alike.values() if len(rows) > 1]
    apart = [(low, high) for low, high in pairs if _digits(high) - _digits(low) >= LEAST]
    if apart:
        low, high = max(apart, key=lambda pair: _digits(pair[1]) - _digits(pair[0]))
        more = f"; {len(apart)} of {len(alike)} problems have such a gap" if len(apart) > 1 else ""
        yield Finding(
            text=f"{low.case.backend_label} gets {_digits(low):.1f} digits on {facts.dataset(low)} in "
            f"{low.case.environment}, {_digits(high):.1f} in {high.case.environment}{more}.",
            surprise=98, cases=tuple(row.case.id for pair in apart for row in pair), style="bad",
        )  # fmt: skip


def _digits(row: Row) -> float:
    return digits.of(row) or 0.0
