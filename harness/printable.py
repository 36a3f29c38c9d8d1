"""Text that is safe to write anywhere: what could steer a terminal, or is no character at all, is written out."""

from __future__ import annotations

import re

__all__ = ["printable"]

UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Control characters, line breaks, what turns the direction of writing, and lone surrogates."""


def printable(text: str) -> str:
    r"""The text on one line, each unprintable character as its escape: ``\x1b``, ``\u202e``."""
    return UNPRINTABLE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
