"""The result of `try`: a table that fits a narrow terminal, and the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.judgement.digits import digits
from harness.judgement.error_in_se import error_in_se
from harness.reports.findings import findings, record
from harness.reports.naming import differing, short_name
from harness.reports.ranking import Group, RankedRow, ranked
from harness.reports.sheet import Column, Line, Sheet, Table
from harness.reports.sheets.base import report
from harness.reports.sheets.table import VERDICT, problem_notes
from harness.units import ABSENT, number_text, seconds_text

if TYPE_CHECKING:
    from harness.tryout import Attempt


@report(record=lambda found: record(found.run, found.reasons))
def attempt(found: Attempt) -> Sheet:
    """Every answer with its verdict, its digits, its error and its time; then the findings in words.

    Methods that cannot solve such a problem are only named in the findings, unless none can.
    """
    tables = tuple(_table(group) for group in ranked(found.run))
    return Sheet(tables, found=tuple(Line(each.text, each.style) for each in findings(found.run, found.reasons)))


def _table(group: Group) -> Table:
    places = differing(each.row.case for each in group.rows)
    name = Column[RankedRow](
        "backend", "backend", lambda each: short_name(each.row.case, places), left=True, wraps=True
    )
    problem = next((each.row.problem for each in group.rows if each.row.problem), None)
    able = [each for each in group.rows if each.row.status != "unsupported"]
    return Table.of(group.title, (name, *COLUMNS), able or group.rows, problem_notes(problem) if problem else ())


COLUMNS: tuple[Column[RankedRow], ...] = (
    VERDICT,
    Column("digits", "digits", lambda each: digits.of(each.row), lambda each: digits.text(each.row.scores) or ABSENT),
    Column("error_in_se", "error, SE", lambda each: error_in_se.of(each.row),
           lambda each: number_text(error_in_se.of(each.row), 2)),
    Column("time", "time", lambda each: each.row.median, lambda each: seconds_text(each.row.median)),
)  # fmt: skip
