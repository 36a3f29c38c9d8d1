"""The digits that every pair of backends has in common, by dataset."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from harness.judgement import common_digits
from harness.reports.naming import differing, short_name
from harness.reports.sheet import Column, Line, Sheet, Table
from harness.reports.sheets.base import report
from harness.results import Row, Run
from harness.units import ABSENT

NOTHING = "no dataset of this run has coefficients from two or more backends"


class Matrix:
    """Common digits on one dataset, for the rows with coefficients in the suite's order.

    Attributes
    ----------
    title : str
    names : tuple of str
    digits : ndarray of shape (len(names), len(names))
        Common significant digits of the worst coefficient, 0 to 17; symmetric, 17 on the diagonal.
    """

    def __init__(self, title: str, rows: Sequence[Row]) -> None:
        self.title = title
        fitted = [row for row in rows if has_coefficients(row)]
        places = differing(row.case for row in fitted)
        self.names = tuple(short_name(row.case, places) for row in fitted)
        answers = [(np.array(row.worst.coef), float(row.worst.intercept or 0.0)) for row in fitted]
        self.digits = np.array([[common_digits(*a, *b) for b in answers] for a in answers])

    def record(self) -> dict[str, Any]:
        """The matrix for JSON."""
        return {"dataset": self.title, "backends": list(self.names), "digits": self.digits.tolist()}


def has_coefficients(row: Row) -> bool:
    """Whether a row has all coefficients and the intercept."""
    return row.worst.coef is not None and None not in (*row.worst.coef, row.worst.intercept)


def matrices(run: Run) -> list[Matrix]:
    """One per dataset with coefficients from two or more backends."""
    found = [Matrix(label, rows) for label, rows in run.by_dataset.items()]
    return [each for each in found if len(each.names) > 1]


@report(record=lambda run: [each.record() for each in matrices(run)])
def agreement(run: Run) -> Sheet:
    """Digits that every pair of backends has in common, dataset by dataset."""
    tables = tuple(_table(each) for each in matrices(run))
    return Sheet(tables, before=() if tables else (Line(NOTHING, "quiet"),))


def _table(matrix: Matrix) -> Table:
    columns: list[Column[int]] = [
        Column("number", "", lambda i: i + 1),
        Column("backend", "backend", lambda i: matrix.names[i], left=True, wraps=True),
        *(_against(matrix, j) for j in range(len(matrix.names))),
    ]
    return Table.of(f"{matrix.title}: digits in common", columns, range(len(matrix.names)))


def _against(matrix: Matrix, j: int) -> Column[int]:
    value: Callable[[int], float] = lambda i: float(matrix.digits[i, j])  # noqa: E731 - used twice
    return Column(matrix.names[j], str(j + 1), value, lambda i: ABSENT if i == j else f"{value(i):.1f}", priority=1)
