"""How many digits every pair of backends has in common, dataset by dataset."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from harness.metrics import common_digits
from harness.units import ABSENT
from harness.results import Row, Run

__all__ = ["Agreement", "agreement", "as_text"]


class Agreement:
    """The matrix of one dataset.

    Attributes
    ----------
    title : str
        The dataset with its options.
    names : tuple of str
        The rows of the run that have coefficients, in the suite's order.
    digits : ndarray of shape (len(names), len(names))
        Common significant digits of the worst coefficient, 0 to 17; symmetric, 17 on the diagonal.
    """

    def __init__(self, title: str, rows: Sequence[Row]) -> None:
        self.title = title
        fitted = [row for row in rows if _finite(row)]
        several = {key for key in ("device", "dtype", "environment") if len({row.plan[key] for row in fitted}) > 1}
        self.names = tuple(
            " ".join([row.plan["backend_label"], *(row.plan[key] for key in sorted(several))]) for row in fitted
        )
        answers = [(np.array(row.worst.coef), float(row.worst.intercept or 0.0)) for row in fitted]
        self.digits = np.array([[common_digits(*a, *b) for b in answers] for a in answers])

    def record(self) -> dict[str, Any]:
        """The matrix as JSON has it."""
        return {"dataset": self.title, "backends": list(self.names), "digits": self.digits.tolist()}


def _finite(row: Row) -> bool:
    answer = row.worst
    return answer.coef is not None and answer.intercept is not None and None not in answer.coef


def agreement(run: Run) -> list[Agreement]:
    """The matrix of every dataset on which two backends or more have coefficients."""
    found = [
        Agreement(label, list(rows)) for label, rows in groupby(run.rows, key=lambda row: row.plan["dataset_label"])
    ]
    return [each for each in found if len(each.names) > 1]


def as_text(run: Run, console: Console) -> None:
    """Print the matrices, columns numbered as the rows are."""
    for each in agreement(run):
        table = RichTable(
            title=Text(f"{each.title}: digits in common"), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD
        )
        table.add_column("")
        table.add_column("backend", no_wrap=True)
        for number in range(1, len(each.names) + 1):
            table.add_column(str(number), justify="right", no_wrap=True)
        for i, name in enumerate(each.names):
            cells = [ABSENT if i == j else f"{digits:.1f}" for j, digits in enumerate(each.digits[i])]
            table.add_row(str(i + 1), Text(name), *cells)
        console.print(table)
        console.print()
