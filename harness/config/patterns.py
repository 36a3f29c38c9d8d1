"""Patterns of cases' ids, as in ``--only``."""

from collections.abc import Iterable
from fnmatch import fnmatchcase


def found_in(ids: Iterable[str], *patterns: str) -> bool:
    """Whether one of the patterns occurs in one of the ids; ``*`` and ``?`` match, brackets are literal."""
    return any(fnmatchcase(each, f"*{pattern.replace('[', '[[]')}*") for pattern in patterns for each in ids)
