"""The result of `try_` in a notebook: a run that also shows its findings and explains its cases."""

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
        return _terminal_text(self.sheet)

    def _repr_html_(self) -> str:
        return html(self.sheet)


def _terminal_text(sheet: Sheet) -> str:
    """A sheet as text as wide as the terminal, or 80 characters."""
    return text(sheet, Screen(get_terminal_size((80, 0)).columns)).rstrip()


class Silent:
    """An observer that shows no progress."""

    def planned(self, todo: Any, done: int) -> None:
        """Do nothing."""

    def doing(self, what: str) -> None:
        """Do nothing."""

    def measured(self, measurement: Measurement) -> None:
        """Do nothing."""


@dataclass(frozen=True, repr=False)
class Tried(NotebookRun):
    """A run with the reasons for its answers; its repr is the table with the findings."""

    reasons: dict[str, Identified] = field(default_factory=dict)
    results: Path = Path("results")

    @classmethod
    def of(cls, found: Attempt, results: Path) -> Tried:
        """From an attempt."""
        run = {each.name: getattr(found.run, each.name) for each in fields(found.run)}
        return cls(**run, reasons=found.reasons, results=results)

    def explain(self, backend: str) -> Shown:
        """Explain a backend's error: change its settings one at a time and measure each change.

        Parameters
        ----------
        backend : str
            Its name in the table.

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
        """Write the page of the run, by default into ``results/reports/RUN``, and return its path."""
        from harness.reports.page import build

        folder = Path(out) if out is not None else self.results / "reports" / self.id
        return build(self, folder, (self.path,))

    def _sheet(self) -> Sheet:
        from harness.tryout import Attempt

        return attempt(Attempt(self, self.reasons))

    def __repr__(self) -> str:
        return _terminal_text(self._sheet())

    def _repr_html_(self) -> str:
        return html(self._sheet())
