"""What every layout is given beside the sheet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.reports.sheet import Column


@dataclass(frozen=True)
class Screen:
    """What a text is shown on: a terminal so many characters wide, or a file, whose width has no limit (None)."""

    width: int | None = None
    colour: bool = False


PLAIN = Screen()


def fitting(columns: Sequence[Column[Any]], width: Callable[[list[int]], float], most: float) -> list[int]:
    """The places of the columns that fit; those of the highest priority are left out first."""
    shown = list(range(len(columns)))
    leaving = sorted((i for i in shown if columns[i].priority), key=lambda i: (columns[i].priority, i))
    while leaving and width(shown) > most:
        shown.remove(leaving.pop())
    return shown
