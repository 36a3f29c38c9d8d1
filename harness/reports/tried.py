"""What a try came to, in a notebook: a run that shows its findings too, and explains its cases."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from harness.errors import UsageError, nearest
from harness.reports.layout.base import Screen
from harness.reports.layout.html import html
from harness.reports.layout.text import text
from harness.reports.notebook import NotebookRun
from harness.reports.sheet import Sheet
from harness.reports.sheets.attempt import attempt
from harness.reports.sheets.explanation import explanation

if TYPE_CHECKING:
    from harness.explain import Identified
    from harness.results import Measurement
    from harness.tryout import Attempt


@dataclass(frozen=True)
class Shown:
    """A sheet that a notebook shows as a table, and Python as text."""

    sheet: Sheet

    def __repr__(self) -> str:
        return _shown(self.sheet)

    def _repr_html_(self) -> str:
        return html(self.sheet)


def _shown(sheet: Sheet) -> str:
    """As text that fits the terminal; 80 characters where there is none."""
    return text(sheet, Screen(get_terminal_size((80, 0)).columns)).rstrip()


class Silent:
    """An observer that tells nobody."""

    def planned(self, todo: Any, done: int) -> None:
        """Nothing is said of what is to come."""

    def doing(self, what: str) -> None:
        """Nor of what is being done."""

    def measured(self, measurement: Measurement) -> None:
        """Nor of what has been measured."""


@dataclass(frozen=True, repr=False)
class Tried(NotebookRun):
    """A run with the reasons of its answers.

    Its repr is the table with the findings. What else it has is that of any run in a notebook.
    """

    reasons: dict[str, Identified] = field(default_factory=dict)
    results: Path = Path("results")

    @classmethod
    def of(cls, found: Attempt, results: Path) -> Tried:
        """From what the try gave."""
        run = {each.name: getattr(found.run, each.name) for each in fields(found.run)}
        return cls(**run, reasons=found.reasons, results=results)

    def explain(self, backend: str) -> Shown:
        """Why a backend's answer is not the right one: settings are changed one at a time and measured.

        Parameters
        ----------
        backend : str
            As the table calls it.

        Raises
        ------
        UsageError
            When there is no such backend in the table.
        """
        from harness.config import case_of
        from harness.environments import DEFAULT
        from harness.explain.case import Stored, explain_case
        from harness.results import Store

        rows = {row.case.backend_label: row for row in self.rows}
        if backend not in rows:
            raise UsageError(f"there is no {backend!r} in this table{nearest(backend, rows)}")
        row = rows[backend]
        case = replace(case_of(row.case), environment=DEFAULT)
        found = explain_case(case, Store(self.results), Silent(), stored=Stored(self.id, row, self.path))
        return Shown(explanation(found))

    def report(self, out: str | Path | None = None) -> Path:
        """Write the page of the run, and give its path; ``results/reports/RUN`` when no folder is named."""
        from harness.reports.page import build

        folder = Path(out) if out is not None else self.results / "reports" / self.id
        return build(self, folder, (self.path,))

    def _sheet(self) -> Sheet:
        from harness.tryout import Attempt

        return attempt(Attempt(self, self.reasons))

    def __repr__(self) -> str:
        return _shown(self._sheet())

    def _repr_html_(self) -> str:
        return html(self._sheet())
