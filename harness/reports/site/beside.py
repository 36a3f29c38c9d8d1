"""Two runs side by side: one row per case with verdict, digits and time of both, the largest changes first."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from harness.compare import CaseVerdict, Comparison
from harness.judgement.digits import digits
from harness.reports.naming import row_names, shared
from harness.reports.sheet import Column, Table
from harness.reports.sheets.comparison import STYLES
from harness.reports.sheets.summary import outcome
from harness.results import Row, Run
from harness.units import ABSENT, digits_text, seconds_text

ORDER = ("worse", "gone", "better", "new", "incomparable", "undecided", "same")
"""Verdicts in the order in which a reader looks for them."""


class Beside(NamedTuple):
    """A case in two runs, with a short name; a row is None if its run does not have the case."""

    case: str
    name: str
    old: Row | None
    new: Row | None
    said: CaseVerdict


def beside(old: Run, new: Run, found: Comparison) -> Table:
    """One row per case of either run, with a note on what all have in common."""
    before, now = ({row.case.id: row for row in run.rows} for run in (old, new))
    names, alike = row_names(found.keys), ", ".join(shared(found.keys))
    rows = [
        Beside(each.case, names.get(each.case, each.case), before.get(each.case), now.get(each.case), each)
        for each in found.cases
    ]
    table = Table.whole(COLUMNS, sorted(rows, key=lambda row: ORDER.index(row.said.verdict)))
    return replace(table, notes=(f"every case: {alike}",) if alike else ())


def _both(text: Callable[[Row], str]) -> Callable[[Beside], str]:
    """The texts of both runs with an arrow between, or one if they are equal."""

    def made(row: Beside) -> str:
        then, now = (text(each) if each else ABSENT for each in (row.old, row.new))
        return then if then == now else f"{then} → {now}"

    return made


def _reasons(said: CaseVerdict) -> Iterator[str]:
    yield said.reason
    for each in said.judgements:
        if each.verdict != "same":
            yield f"{each.kind} {each.verdict}" + (f": {each.reason}" if each.reason else "")
    yield from said.notes


COLUMNS: tuple[Column[Beside], ...] = (
    Column("case", "case", lambda row: row.case, lambda row: row.name, left=True, wraps=True),
    Column("change", "change", lambda row: row.said.verdict, sort=lambda row: float(ORDER.index(row.said.verdict)),
           left=True, style=lambda row: STYLES.get(row.said.verdict, "doubtful")),
    Column("verdict", "verdict", _both(lambda row: outcome(row).replace("_", " ")), left=True),
    Column("digits", "digits", _both(lambda row: digits_text(digits.of(row))), left=True),
    Column("time", "time", _both(lambda row: seconds_text(row.median)), left=True),
    Column("why", "why", lambda row: "; ".join(filter(None, _reasons(row.said))), left=True, wraps=True),
)  # fmt: skip
