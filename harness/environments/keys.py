"""Keys over what a thing is made of."""

import hashlib
import json
from collections.abc import Sequence

FORMAT = 1
"""Of what is kept; part of every key."""


def key_of(*parts: Sequence[str]) -> str:
    """The same for the same parts, and for no others."""
    return hashlib.sha256(json.dumps([FORMAT, *map(list, parts)]).encode()).hexdigest()[:32]
