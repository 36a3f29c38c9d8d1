"""Data and names inside a page, where no text in them can mean anything but itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec

from harness.records import json_text
from harness.reports.layout.html import breakable, notes_html, table_html

if TYPE_CHECKING:
    from markupsafe import Markup

P = ParamSpec("P")

ESCAPES = str.maketrans({each: f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"})
"""What could end a script element, or a line of a script, is written as JSON's own escape."""


def _json_script(value: Any) -> str:
    """JSON for a ``<script type="application/json">``; a number that is not finite is null."""
    return json_text(value).translate(ESCAPES)


def _markup(html: Callable[P, str]) -> Callable[P, Markup]:
    """What a function has made safe is not escaped again."""
    from markupsafe import Markup

    def made(*args: P.args, **kwargs: P.kwargs) -> Markup:
        return Markup(html(*args, **kwargs))  # noqa: S704 - each of these functions escapes what it is given

    return made


def filters() -> dict[str, Callable[..., Markup]]:
    """What the templates call beside Jinja's own filters."""
    return {
        "breakable": _markup(breakable),
        "json_script": _markup(_json_script),
        "notes": _markup(notes_html),
        "table": _markup(table_html),
    }
