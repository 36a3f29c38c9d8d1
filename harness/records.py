"""Conversion between typed records and JSON.

Records are plain frozen dataclasses, unchecked when the program makes them. Input from a file or another process is
checked here, every key and type, and nowhere else.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from harness.messages import in_words, place_in_words

T = TypeVar("T")


def json_text(value: object, *, indent: int | None = None, spaces: bool = True) -> str:
    """Standard JSON: numbers that are not finite become null."""
    separators = None if spaces else (",", ":")
    return json.dumps(_finite(value), allow_nan=False, ensure_ascii=False, indent=indent, separators=separators)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """A cached adapter: making one takes a hundred times as long as using it."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def from_json(kind: type[T], text: bytes | str) -> T:
    """A record from JSON. Unknown keys, which a newer version may have written, are ignored.

    Raises
    ------
    ValueError
        In one line: the place, what was got, what was wanted.
    """
    try:
        found: T = _adapter(kind).validate_json(text, strict=True)
    except ValidationError as error:
        raise ValueError(_one_line(error)) from error
    return found


def from_values(kind: type[T], values: object) -> T:
    """A record from parsed JSON; raises as `from_json` does."""
    try:
        found: T = _adapter(kind).validate_python(values)
    except ValidationError as error:
        raise ValueError(_one_line(error)) from error
    return found


def values_of(record: object) -> dict[str, Any]:
    """A record as JSON values: its fields by name, nested records too."""
    values: dict[str, Any] = _adapter(type(record)).dump_python(record, by_alias=True)
    return values


def _one_line(error: ValidationError) -> str:
    first: Any = error.errors(include_url=False)[0]
    if first["type"] == "json_invalid":
        return f"not JSON: {first['ctx']['error']}"
    place = place_in_words([part for part in first["loc"] if isinstance(part, str | int)])
    return f"{place}: {in_words(first, [])}" if place else in_words(first, [])
