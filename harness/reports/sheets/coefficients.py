"""Coefficients by the names of their columns, dataset by dataset."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from harness.reports.naming import differing, short_name
from harness.reports.ranking import Group, ranked
from harness.reports.sheet import Column, Sheet, Table
from harness.reports.sheets.base import report
from harness.results import Row, Run
from harness.units import number_text

INTERCEPT = "intercept"


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """A backend's coefficient of one column."""

    dataset: str
    backend: str
    column: str
    """``"intercept"`` for the constant."""
    coefficient: float | None
    """In the data's own units; None if it is not finite."""


def coefficients_of(group: Group) -> Iterator[Coefficient]:
    """All coefficients on one dataset, column by column, so that those of one column are side by side."""
    rows = [each.row for each in group.rows if each.row.worst.coef is not None]
    places = differing(row.case for row in rows)
    answers = {short_name(row.case, places): dict(_named(row)) for row in rows}
    for column in dict.fromkeys(name for answer in answers.values() for name in answer):
        for backend, answer in answers.items():
            yield Coefficient(dataset=group.title, backend=backend, column=column, coefficient=answer.get(column))


def _named(row: Row) -> Iterator[tuple[str, float | None]]:
    worst = row.worst
    coef, constant = worst.coef or (), worst.intercept
    if worst.coef_original is not None:
        coef, constant = worst.coef_original, worst.intercept_original
    names = row.problem.features if row.problem and row.problem.features else [f"x{i + 1}" for i in range(len(coef))]
    yield INTERCEPT, constant
    yield from zip(names, coef, strict=True)


@report(record=lambda run: [asdict(each) for group in ranked(run) for each in coefficients_of(group)])
def coefficients(run: Run) -> Sheet:
    """Coefficients by the names of their columns, in the data's own units, dataset by dataset."""
    return Sheet(tuple(Table.of(group.title, COLUMNS, coefficients_of(group)) for group in ranked(run)))


COLUMNS: tuple[Column[Coefficient], ...] = (
    Column("column", "column", lambda each: each.column, left=True, wraps=True),
    Column("backend", "backend", lambda each: each.backend, left=True, wraps=True),
    Column("coefficient", "coefficient", lambda each: each.coefficient, lambda each: number_text(each.coefficient, 8)),
)
