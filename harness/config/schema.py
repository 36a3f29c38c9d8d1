"""A suite as a JSON Schema, for editors that complete and check TOML."""

from collections.abc import Callable, Iterable
from typing import Any

from harness.catalog import backend_class, backend_names, dataset_class, dataset_names
from harness.config.outline import Outline, Precisions, Where
from harness.config.plan import Checked
from harness.config.reader import option_schema
from harness.errors import LinbenchError

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def suite_schema() -> dict[str, Any]:
    """The schema, with a branch for each dataset and each backend, and one for a user's own function."""
    whole = Outline.model_json_schema()
    own = {"use": {"type": "string", "pattern": ":"}, "name": {"type": "string"}, **_properties(Where)}
    own_function = {"properties": own, "required": ["use"], "additionalProperties": False}
    tables = {
        "dataset": _tables(dataset_names(), dataset_class, Precisions),
        "backend": [*_tables(backend_names(), backend_class, Where), own_function],
    }
    for kind, branches in tables.items():
        whole["properties"][kind]["items"] = {"type": "object", "oneOf": branches}
    return {"$schema": DIALECT, **whole, "title": "A suite of linbench"}


def _properties(model: type[Checked]) -> dict[str, Any]:
    found: dict[str, Any] = model.model_json_schema()["properties"]
    return found


def _tables(names: Iterable[str], find: Callable[[str], Any], where: type[Checked]) -> list[dict[str, Any]]:
    return [table for name in names if (table := _table(name, find, where))]


def _table(name: str, find: Callable[[str], Any], where: type[Checked]) -> dict[str, Any] | None:
    """The schema of a table that uses this; None if it cannot be imported: using it then reports why."""
    try:
        kind = find(name)
    except LinbenchError:
        return None
    options = option_schema(kind).model_json_schema()
    swept = {key: _swept(each) for key, each in options.get("properties", {}).items()}
    about = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
    return {
        "description": about,
        "properties": {"use": {"const": name}, "name": {"type": "string"}, **swept, **_properties(where)},
        "required": ["use", *options.get("required", [])],
        "additionalProperties": False,
    }


def _swept(option: dict[str, Any]) -> dict[str, Any]:
    """The schema of an option, or of a list of its values."""
    return {"anyOf": [option, {"type": "array", "items": option, "minItems": 1}]}
