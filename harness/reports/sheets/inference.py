"""Correct digits of each statistic that a library reports of its fit."""

from harness.judgement.digits import digits
from harness.judgement.statistic_digits import statistic_digits
from harness.reports.ranking import RankedRow, ranked
from harness.reports.sheet import Column, Line, Sheet, Table
from harness.reports.sheets.base import report
from harness.results import Run
from harness.units import digits_text

NOTHING = "no backend of this run reports anything but coefficients"

HEADINGS = {
    "standard_errors": "standard errors",
    "t_values": "t",
    "p_values": "p",
    "confidence_low": "lower limit",
    "confidence_high": "upper limit",
    "residual_deviation": "residual deviation",
    "r_squared": "R²",
    "adjusted_r_squared": "adjusted R²",
    "f_value": "F",
    "f_p_value": "p of F",
    "log_likelihood": "log-likelihood",
    "aic": "AIC",
    "bic": "BIC",
}
"""Headings by statistic, in the order of the columns."""


@report()
def inference(run: Run) -> Sheet:
    """Correct digits of each statistic that a library reports: standard errors, t, p, limits, R², F, likelihood."""
    groups = [(group.title, [each for each in group.rows if statistic_digits.of(each.row)]) for group in ranked(run)]
    tables = tuple(Table.of(title, COLUMNS, rows) for title, rows in groups if rows)
    return Sheet(tables, before=() if tables else (Line(NOTHING, "quiet"),))


def _digits(name: str, heading: str) -> Column[RankedRow]:
    def value(each: RankedRow) -> float | None:
        return (statistic_digits.of(each.row) or {}).get(name)

    return Column(name, heading, value, lambda each: digits_text(value(each)))


COLUMNS: tuple[Column[RankedRow], ...] = (
    Column("backend", "backend", lambda each: each.row.case.backend_label, left=True),
    Column("digits", "coefficients", lambda each: digits.of(each.row), lambda each: digits_text(digits.of(each.row))),
    *(_digits(name, heading) for name, heading in HEADINGS.items()),
)
