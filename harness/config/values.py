"""The values of a suite file, before anything is made of them."""

from collections.abc import Mapping

MOST_DEPTH = 20
"""Tables and lists within one another."""

LARGEST = 2**63
"""TOML's integers have 64 bits; Python's tomllib reads larger ones, which nothing here could use or print."""


def check_values(value: object, depth: int = 0) -> None:
    """Refuse integers that TOML does not have, and nesting that no suite has.

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
