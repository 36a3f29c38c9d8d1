"""What every layout is given beside the sheet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Screen:
    """What a text is shown on.

    Attributes
    ----------
    width : int or None
        Columns of a terminal; None where nothing limits it, as in a file.
    colour : bool
        Whether it shows colours.
    """

    width: int | None = None
    colour: bool = False


PLAIN = Screen()
