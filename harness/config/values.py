"""Checks of a suite file's raw values."""

from collections.abc import Mapping

MOST_DEPTH = 20
"""Deepest nesting of tables and lists."""

LARGEST = 2**63
"""TOML's integers have 64 bits; Python's tomllib reads larger ones, which linbench cannot use."""


def check_values(value: object, depth: int = 0) -> None:
    """Refuse integers that TOML does not allow, and too deep nesting.

    Raises
    ------
    ValueError
        When there is one.
    """
    if depth > MOST_DEPTH:
        raise ValueError(f"brackets are nested more than {MOST_DEPTH} deep")
    if isinstance(value, int) and not -LARGEST <= value < LARGEST:
        raise ValueError("an integer of more than 64 bits; write a smaller one, or a float")
    if isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            check_values(each, depth + 1)
