"""What a report is before it is laid out: tables of cells, and the lines around them.

A report is a function that returns a `Sheet` and makes no text of the whole itself; `harness.reports.layout` lays out
any sheet as text, Markdown, CSV, HTML or JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from harness.units import ABSENT, number_text

T = TypeVar("T")

Value = str | bool | int | float | Sequence[Any] | Mapping[str, Any] | None
"""What a cell holds in full: a word, a number, several numbers, or numbers by name."""

Style = Literal["", "good", "bad", "doubtful", "quiet", "strong"]
"""What a reader is to make of a text; a layout shows it with the means it has."""

STATUS_STYLES: dict[str, Style] = {
    "ok": "good",
    "not_converged": "doubtful",
    "unsupported": "quiet",
    "missing": "quiet",
}


def status_style(status: str) -> Style:
    """How a status is to be taken."""
    return STATUS_STYLES.get(status, "bad")


@dataclass(frozen=True)
class Cell:
    """One cell of a table: as people read it (`harness.units.ABSENT` where there is nothing), and in full.

    It is sorted by a number, or by its text where that is None.
    """

    text: str
    value: Value = None
    sort: float | None = None
    style: Style = ""
    heading: str = ""
    """What stands before the rest of the text, and a slash; where there is little room, once above several rows."""


@dataclass(frozen=True, eq=False)
class Column(Generic[T]):
    """A column, declared once for every layout."""

    name: str
    """What options and files call it; it does not change."""
    heading: str
    """What readers see."""
    value: Callable[[T], Value]
    """What a row holds, in full; None where it has nothing."""
    text: Callable[[T], str] | None = None
    """The same as people read it; the value itself where None."""
    sort: Callable[[T], float | None] | None = None
    """The number that a row is sorted by; the value where it is a number, else the text."""
    priority: int = 0
    """0: never left out. Where a terminal is too narrow, the column with the highest is left out first."""
    left: bool = False
    """Whether it is flush left, as words are; numbers are flush right."""
    wraps: bool = False
    """Whether its text may go over several lines."""
    style: Callable[[T], Style] = lambda _: ""
    above: Callable[[T], str] = lambda _: ""
    """Of the column that names the rows: what its text begins with, which several rows may have in common."""
    note: str = ""
    """How to read it, below the table where it is shown."""

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
    """A table as any layout takes it; each row has as many cells as there are columns."""

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
        """The table of some rows. Columns that say nothing of any row are left out."""
        rows = list(rows)
        cells = {column: [column.cell(row) for row in rows] for column in columns}
        said = [each for each in columns if not rows or any(cell.text != ABSENT for cell in cells[each])]
        return cls(title, tuple(said), tuple(zip(*(cells[each] for each in said), strict=True)),
                   (*notes, *(each.note for each in said if each.note)))  # fmt: skip

    def parted(self) -> tuple[Table, tuple[str, ...]]:
        """The table without those words that are the same in all of several rows, and these words by their headings.

        The first column, which names the rows, stays.
        """
        constant = {
            i for i, column in enumerate(self.columns)
            if i and column.left and len(self.rows) > 1 and len({row[i].text for row in self.rows}) == 1
        }  # fmt: skip
        kept = [i for i in range(len(self.columns)) if i not in constant]
        rows = tuple(tuple(row[i] for i in kept) for row in self.rows)
        said = tuple(f"{self.columns[i].heading} {self.rows[0][i].text}" for i in sorted(constant))
        return replace(self, columns=tuple(self.columns[i] for i in kept), rows=rows), said


class Line(NamedTuple):
    """A line before or after the tables."""

    text: str
    style: Style = ""


@dataclass(frozen=True)
class Sheet:
    """What a report says: tables, and the lines before the first and after the last of them.

    The headline, and what was found, stand where a reader looks first: at the end in a terminal, else at the top.
    """

    tables: tuple[Table, ...] = ()
    headline: Line | None = None
    before: tuple[Line, ...] = ()
    after: tuple[Line, ...] = ()
    found: tuple[Line, ...] = ()
    """Sentences, the most surprising first."""

    @property
    def opening(self) -> tuple[Line, ...]:
        """What a reader looks for first, as lines."""
        found = (Line(f"• {text}", style) for text, style in self.found)
        return (*([self.headline] if self.headline else []), *found)
