"""Makes text safe to print anywhere: control characters and lone surrogates are escaped."""

import re

UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Control characters, line breaks, bidirectional controls, and lone surrogates."""


def printable(text: str) -> str:
    r"""The text on one line, each unprintable character as JSON's escape of it: ``\u001b``."""
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
