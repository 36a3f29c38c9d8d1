"""How many rows a source has, how many are used, and why the others are not."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LeftOut:
    """A column that lacks values."""

    column: str
    rows: int
    """In which it lacks one; a row that lacks several values counts for each of their columns."""


@dataclass(frozen=True)
class Rows:
    """The rows of a table."""

    read: int
    """Rows the source has."""
    used: int
    """Rows the problem is made of, those kept back for the test loss included."""
    left_out: tuple[LeftOut, ...] = ()
    """The columns for whose gaps rows were left out."""
    filled: tuple[LeftOut, ...] = ()
    """The columns whose gaps were filled by their mean."""

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
