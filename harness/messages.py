"""Turns pydantic's errors into words: the place, what was got, what was wanted."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.errors import nearest

Place = Sequence[str | int]

NAME = r"^[A-Za-z0-9]([A-Za-z0-9_-]|\.[A-Za-z0-9_-])*$"
"""Valid names of suites, which become part of file names."""


def in_words(error: Mapping[str, Any], known: Sequence[str]) -> str:
    """One of pydantic's errors: what was got, what was wanted; ``known`` are the valid keys."""
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
        case "list_type" if isinstance(error["input"], Mapping) and error["loc"]:
            said = f"got one table, wanted a list of them; write [[{error['loc'][0]}]]"
        case "model_type":
            said = f"got {got}, wanted one table" + (f"; write [{error['loc'][0]}]" if len(error["loc"]) == 1 else "")
        case "string_pattern_mismatch" if ctx["pattern"] == NAME:
            said = (
                f"got {got}, wanted letters, digits, '.', '_' and '-', a letter or digit first and no two dots together"
            )
        case "tuple_type":
            said = f"got {got}, wanted a list"
        case "too_short":
            said = "got an empty list, wanted at least one value"
        case _:
            said = f"got {got}, wanted {str(error['msg']).removeprefix('Input should be ')}{_whole(error)}"
    return said


def _whole(error: Mapping[str, Any]) -> str:
    """What to write in place of ``1e5``, which is not an integer in TOML."""
    given = error["input"]
    whole = error["type"] == "int_type" and isinstance(given, float) and given.is_integer()
    return f"; write {int(given)}" if whole else ""


def _shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def place_in_words(place: Place) -> str:
    """``("backend", 1, "epochs")`` as ``backend[2].epochs``, counted from 1."""
    return ".".join(f"[{part + 1}]" if isinstance(part, int) else part for part in place).replace(".[", "[")
