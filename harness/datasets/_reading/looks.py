"""Whether a text looks like a value rather than a name: a number however it is written, a date."""

import re

from harness.datasets._reading.dates import looks_like_a_date
from harness.datasets._reading.decimals import is_decimal
from harness.datasets._reading.notation import CURRENCY, looks_like_a_number

NEARLY = re.compile(rf"(?:{CURRENCY}|[\s+\-−(.,])*[0-9]")


def looks_like_a_value(text: str) -> bool:
    """A decimal, a number in another notation, or a date."""
    return is_decimal(text) or looks_like_a_number(text) or looks_like_a_date(text)


def looks_nearly_numeric(text: str) -> bool:
    """Whether a text begins as a number does, so that it is not taken for the name of a category."""
    return NEARLY.match(text) is not None or any(character.isdigit() and not character.isascii() for character in text)
