"""Tells values (numbers in any notation, dates) from names."""

import re

from harness.datasets._reading.dates import looks_like_a_date
from harness.datasets._reading.decimals import is_decimal
from harness.datasets._reading.notation import CURRENCY, looks_like_a_number

NEARLY = re.compile(rf"(?:{CURRENCY}|[\s+\-−(.,])*[0-9]")


def looks_like_a_value(text: str) -> bool:
    """Whether a text is a decimal, a number in another notation, or a date."""
    return is_decimal(text) or looks_like_a_number(text) or looks_like_a_date(text)


def looks_nearly_numeric(text: str) -> bool:
    """Whether a text begins like a number, and so is not taken for a level of a category."""
    return NEARLY.match(text) is not None or any(character.isdigit() and not character.isascii() for character in text)
