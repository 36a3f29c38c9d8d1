"""Patterns of cases' ids, as ``--only`` has them."""

from collections.abc import Iterable
from fnmatch import fnmatchcase


def found_in(ids: Iterable[str], *patterns: str) -> bool:
    """Whether one of the patterns occurs in one of the ids; ``*`` and ``?`` match, and brackets mean themselves."""
    return any(fnmatchcase(each, f"*{pattern.replace('[', '[[]')}*") for pattern in patterns for each in ids)
