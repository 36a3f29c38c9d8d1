"""What layouts share: the screen, and the choice of columns that fit it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.reports.sheet import Column


@dataclass(frozen=True)
class Screen:
    """Where a text is shown: a terminal `width` characters wide, or a file, which has no limit (None)."""

    width: int | None = None
    colour: bool = False


PLAIN = Screen()


def fitting(columns: Sequence[Column[Any]], width: Callable[[list[int]], float], most: float) -> list[int]:
    """The indices of the columns that fit; those of the highest priority are left out first."""
    shown = list(range(len(columns)))
    leaving = sorted((i for i in shown if columns[i].priority), key=lambda i: (columns[i].priority, i))
    while leaving and width(shown) > most:
        shown.remove(leaving.pop())
    return shown
