"""Cache keys from what a build depends on."""

import hashlib
import json
from collections.abc import Sequence

FORMAT = 1
"""Version of the cache's format; part of every key."""


def key_of(*parts: Sequence[str]) -> str:
    """A digest of the parts."""
    return hashlib.sha256(json.dumps([FORMAT, *map(list, parts)]).encode()).hexdigest()[:32]
