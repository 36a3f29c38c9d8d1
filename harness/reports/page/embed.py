"""Data and names inside a page, where no text in them can mean anything but itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from harness.results import json_text

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["breakable", "json_script"]

ESCAPES = str.maketrans({each: f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"})
"""What could end a script element, or a line of a script, is written as JSON's own escape."""


def json_script(value: Any) -> Markup:
    """JSON for a ``<script type="application/json">``; a number that is not finite is null."""
    from markupsafe import Markup

    return Markup(json_text(value).translate(ESCAPES))  # noqa: S704 - nothing that means anything in HTML is left


def breakable(name: str) -> Markup:
    """A long name as HTML that may be broken where its parts meet, not within a word."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"([,\[_=/+])", r"\1<wbr>", str(escape(name))))  # noqa: S704 - escaped first; no entity holds one of these
