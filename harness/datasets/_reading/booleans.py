"""Truth values as 1 and 0."""

from collections.abc import Sequence
from typing import NamedTuple

PAIRS = (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off"))


class Booleans(NamedTuple):
    """A column of truth values as numbers."""

    texts: list[str]
    """``"1"`` and ``"0"``."""
    said: str


def booleans(texts: Sequence[str]) -> Booleans | None:
    """Read a column that holds only the words of one pair, in any case; None for any other."""
    words = [text.lower() for text in texts]
    distinct = set(words)
    for true, false in PAIRS:
        if distinct and distinct <= {true, false}:
            return Booleans(["1" if word == true else "0" for word in words], f"{true} is 1 and {false} is 0")
    return None
