"""A report before it is laid out: tables of cells, and the lines around them.

A report is a function that returns a `Sheet`; `harness.reports.layout` lays out any sheet as text, Markdown, CSV, HTML
or JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from harness.units import ABSENT, number_text

T = TypeVar("T")

Value = str | bool | int | float | Sequence[Any] | Mapping[str, Any] | None
"""The full value of a cell: a word, a number, several numbers, or numbers by name."""

Style = Literal["", "good", "bad", "doubtful", "quiet", "strong"]
"""How a reader should take a text; each layout shows it in its own way."""

STATUS_STYLES: dict[str, Style] = {
    "ok": "good",
    "not_converged": "doubtful",
    "unsupported": "quiet",
    "missing": "quiet",
}


def status_style(status: str) -> Style:
    """The style of a status."""
    return STATUS_STYLES.get(status, "bad")


@dataclass(frozen=True)
class Cell:
    """One cell of a table: its text (`harness.units.ABSENT` if it has no value), and its full value.

    Rows are sorted by `sort`, or by the text if that is None.
    """

    text: str
    value: Value = None
    sort: float | None = None
    style: Style = ""
    heading: str = ""
    """The text up to its first slash, which a narrow layout shows once above several rows."""


@dataclass(frozen=True, eq=False)
class Column(Generic[T]):
    """A column, declared once for every layout."""

    name: str
    """Its name in options and files; it does not change."""
    heading: str
    value: Callable[[T], Value]
    """A row's full value; None if it has none."""
    text: Callable[[T], str] | None = None
    """The value as people read it; by default the value itself."""
    sort: Callable[[T], float | None] | None = None
    """The number by which rows are sorted; by default the value if it is a number, else the text."""
    priority: int = 0
    """On a narrow terminal, columns with the highest priority are left out first; those with 0 never."""
    left: bool = False
    """Whether it is flush left, as words are; numbers are flush right."""
    wraps: bool = False
    """Whether its text may take several lines."""
    style: Callable[[T], Style] = lambda _: ""
    above: Callable[[T], str] = lambda _: ""
    """For the column that names the rows: the beginning of the text that several rows may share (`Cell.heading`)."""
    note: str = ""
    """A note on how to read it, shown below the table."""

    def cell(self, row: T) -> Cell:
        """The cell of a row."""
        value = self.value(row)
        text = _plain(value) if self.text is None else self.text(row)
        sort = self.sort(row) if self.sort else float(value) if isinstance(value, int | float) else None
        return Cell(text, value, sort, self.style(row), self.above(row))


def _plain(value: Value) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return number_text(value) if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Table:
    """A table, with one cell per row and column."""

    title: str
    columns: tuple[Column[Any], ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def whole(cls, columns: Sequence[Column[T]], rows: Iterable[T]) -> Table:
        """The table of some rows, with all its columns."""
        return cls("", tuple(columns), tuple(tuple(each.cell(row) for each in columns) for row in rows))

    @classmethod
    def of(cls, title: str, columns: Sequence[Column[T]], rows: Iterable[T], notes: Iterable[str] = ()) -> Table:
        """The table of some rows, without columns that have no value in any of them."""
        rows = list(rows)
        cells = {column: [column.cell(row) for row in rows] for column in columns}
        shown = [each for each in columns if not rows or any(cell.text != ABSENT for cell in cells[each])]
        return cls(title, tuple(shown), tuple(zip(*(cells[each] for each in shown), strict=True)),
                   (*notes, *(each.note for each in shown if each.note)))  # fmt: skip

    def without_constant(self) -> tuple[Table, tuple[str, ...]]:
        """The table without columns of words that are equal in all of several rows, and those words with headings.

        The first column, which names the rows, stays.
        """
        constant = {
            i for i, column in enumerate(self.columns)
            if i and column.left and len(self.rows) > 1 and len({row[i].text for row in self.rows}) == 1
        }  # fmt: skip
        kept = [i for i in range(len(self.columns)) if i not in constant]
        rows = tuple(tuple(row[i] for i in kept) for row in self.rows)
        words = tuple(f"{self.columns[i].heading} {self.rows[0][i].text}" for i in sorted(constant))
        return replace(self, columns=tuple(self.columns[i] for i in kept), rows=rows), words


class Line(NamedTuple):
    """A line before or after the tables."""

    text: str
    style: Style = ""


@dataclass(frozen=True)
class Sheet:
    """A report: tables, and the lines before the first and after the last of them.

    Headline and findings are where a reader looks first: at the end in a terminal, else at the top.
    """

    tables: tuple[Table, ...] = ()
    headline: Line | None = None
    before: tuple[Line, ...] = ()
    after: tuple[Line, ...] = ()
    found: tuple[Line, ...] = ()
    """Findings, the most surprising first."""

    @property
    def opening(self) -> tuple[Line, ...]:
        """Headline and findings as lines."""
        found = (Line(f"• {text}", style) for text, style in self.found)
        return (*([self.headline] if self.headline else []), *found)
