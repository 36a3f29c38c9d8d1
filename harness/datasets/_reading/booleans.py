"""Truth values as 1 and 0."""

from collections.abc import Sequence
from typing import NamedTuple

PAIRS = (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off"))


class Booleans(NamedTuple):
    """A column of truth values, read."""

    texts: list[str]
    """``"1"`` and ``"0"``."""
    said: str


def booleans(texts: Sequence[str]) -> Booleans | None:
    """A column of one pair's words, in any case; None for any other."""
    words = [text.lower() for text in texts]
    there = set(words)
    for true, false in PAIRS:
        if there and there <= {true, false}:
            return Booleans(["1" if word == true else "0" for word in words], f"{true} is 1 and {false} is 0")
    return None
