"""What is wrong in a suite file, in words, and the line it stands on."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.errors import nearest

__all__ = ["in_words", "line_of", "place_in_words"]

Place = Sequence[str | int]


def in_words(error: Mapping[str, Any], known: Sequence[str]) -> str:
    """What was got and what was wanted, of one of pydantic's errors; ``known`` are the keys there are."""
    got = _shown(error["input"])
    ctx = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            said = f"there is no such key{nearest(str(error['loc'][-1]), known)}"
        case "missing":
            said = "the key is missing; give it"
        case "literal_error":
            tail = nearest(str(error["input"]), re.findall(r"'([^']*)'", ctx["expected"]))
            said = f"got {got}, wanted {ctx['expected']}{tail if 'did you mean' in tail else ''}"
        case "value_error":
            said = f"got {got}, {ctx['error']}"
        case "list_type" if isinstance(error["input"], Mapping):
            said = f"got one table, wanted a list of them; write [[{error['loc'][0]}]]"
        case "tuple_type":
            said = f"got {got}, wanted a list"
        case "too_short":
            said = "got an empty list, wanted at least one value"
        case _:
            said = f"got {got}, wanted {str(error['msg']).removeprefix('Input should be ')}"
    return said


def _shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def place_in_words(place: Place) -> str:
    """``("backend", 1, "epochs")`` as ``backend[2].epochs``, counted from 1."""
    return ".".join(f"[{part + 1}]" if isinstance(part, int) else part for part in place).replace(".[", "[")


def line_of(lines: Sequence[str], place: Place) -> int | None:
    """The line, counted from 1, on which a key of a TOML file stands, else its table's; None when it cannot be told.

    tomllib gives no positions; this reads headers and keys as they are commonly written, one a line.
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
