"""What every layout is given beside the sheet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Screen:
    """What a text is shown on: a terminal of so many columns, or a file, whose width is None for nothing limits it."""

    width: int | None = None
    colour: bool = False


PLAIN = Screen()
