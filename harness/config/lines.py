"""Find the line of a key in a suite file."""

import re
from collections.abc import Sequence

from harness.messages import Place


def line_of(lines: Sequence[str], place: Place) -> int | None:
    """The line of a key in a TOML file, from 1, or else of its table's header; None if neither is found.

    tomllib reports no positions, so this searches for headers and keys in their usual form, one per line.
    """
    table = str(place[0]) if len(place) > 1 else ""
    index = place[1] if len(place) > 1 and isinstance(place[1], int) else 0
    key = next((part for part in reversed(place) if isinstance(part, str)), "")
    key_line = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=")
    inside = table == ""
    seen, header_line = -1, None
    for number, line in enumerate(lines, 1):
        header = re.match(r"\s*\[\[?\s*([A-Za-z0-9_.-]+)\s*\]", line)
        if header:
            if [header[1]] == list(place):
                return number
            seen += header[1] == table
            inside = header[1] == table and seen == index
            header_line = number if inside else header_line
        elif inside and key_line.match(line):
            return number
    return header_line
