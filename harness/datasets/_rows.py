"""Counts of the rows of a source: read, used, and left out for what reason."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LeftOut:
    """A column with missing values."""

    column: str
    rows: int
    """Rows without its value; a row with several missing values counts in each of their columns."""


@dataclass(frozen=True)
class Rows:
    """The row counts of a table."""

    read: int
    """Rows of the source."""
    used: int
    """Rows of the problem, including those held out for the test loss."""
    left_out: tuple[LeftOut, ...] = ()
    """Columns whose missing values led to rows being left out."""
    filled: tuple[LeftOut, ...] = ()
    """Columns whose missing values were replaced by their mean."""

    @property
    def dropped(self) -> int:
        """Rows that were left out."""
        return self.read - self.used

    def in_words(self) -> str:
        """``3 of 8 rows used; 5 left out: missing x (2), missing y (3)``; "" where every row is used as it is."""
        parts = []
        if self.dropped:
            more = sum(each.rows for each in self.left_out) > self.dropped
            tail = "; some lack more than one" if more else ""
            parts.append(
                f"{self.used:,} of {self.read:,} rows used; {self.dropped:,} left out: {_listed(self.left_out)}{tail}"
            )
        if self.filled:
            parts.append(f"gaps filled by the column's mean: {_listed(self.filled, '')}")
        return "; ".join(parts)


def _listed(columns: Sequence[LeftOut], lead: str = "missing ") -> str:
    most = sorted(columns, key=lambda each: -each.rows)[:6] if len(columns) > 6 else columns
    more = f" and {len(columns) - 6} columns more" if len(columns) > 6 else ""
    return ", ".join(f"{lead}{each.column} ({each.rows:,})" for each in most) + more
