"""Right coefficients with wrong standard errors or a wrong F."""

from collections.abc import Iterator

from harness.judgement.digits import digits
from harness.judgement.statistic_digits import statistic_digits
from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts, right
from harness.results import Row

JUDGED = {"standard_errors": "standard errors", "residual_deviation": "residual deviation", "f_value": "F"}
"""Statistics from which others follow. Not R²: programs define it differently."""

FEW = 2.0
"""Digits of a standard error below which t and confidence limits mislead."""

BESIDE = 3.0
"""Further digits that the coefficients must have, so that the data are not to blame."""


@finding_kind
def wrong_inference(facts: Facts) -> Iterator[Finding]:
    """Right coefficients with standard errors, or an F, of hardly any correct digits."""
    for name, rows in facts.by_backend.items():
        wrong = [row for row in rows if right(row) and _worst(row) is not None]
        if wrong:
            row = max(wrong, key=_gap)
            what, correct = _worst(row) or ("", 0.0)
            more = f"; it does so on {len(wrong)} of {len(rows)} datasets" if len(wrong) > 1 else ""
            has = digits.of(row) or 0.0
            yield Finding(
                text=f"{name} has {has:.1f} correct digits of the coefficients of {facts.dataset(row)}, "
                f"and {correct:.1f} of its own {JUDGED[what]}{more}.",
                surprise=min(95.0, 75 + 2 * _gap(row)), cases=tuple(each.case.id for each in wrong), style="bad",
            )  # fmt: skip


def _worst(row: Row) -> tuple[str, float] | None:
    """The statistic with the fewest correct digits, if those are few and the coefficients have many more."""
    said = {name: correct for name, correct in (statistic_digits.of(row) or {}).items() if name in JUDGED}
    worst = min(said.items(), key=lambda each: each[1], default=None)
    bad = worst is not None and worst[1] < FEW and (digits.of(row) or 0.0) - worst[1] >= BESIDE
    return worst if bad else None


def _gap(row: Row) -> float:
    worst = _worst(row)
    return 0.0 if worst is None else (digits.of(row) or 0.0) - worst[1]
