"""The claims of a run file that do not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.reports.sheet import Column, Line, Sheet, Table
from harness.reports.sheets.base import OWN_RECORD, report

if TYPE_CHECKING:
    from harness.verification import Discrepancy, Verification


def _text(name: str) -> Column[Discrepancy]:
    return Column(name, name, lambda each: getattr(each, name), left=True, wraps=True)


COLUMNS: tuple[Column[Discrepancy], ...] = (
    _text("case"),
    Column("round", "round", lambda each: each.round),
    _text("what"),
    _text("said"),
    _text("found"),
)


@report(record=OWN_RECORD)
def verification(found: Verification) -> Sheet:
    """Differences between what a run says and what follows from its coefficients."""
    counted = f"{found.derived} of {found.measurements} measurements have an answer, and were derived again"
    if found.holds:
        return Sheet(before=(Line(f"{found.run}: everything holds; {counted}", "good"),))
    many = f"{len(found.discrepancies)} thing{'' if len(found.discrepancies) == 1 else 's'}"
    before = Line(f"{found.run}: {many} that it says do not hold; {counted}", "bad")
    return Sheet((Table.of("", COLUMNS, found.discrepancies),), before=(before,))
