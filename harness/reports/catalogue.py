"""What there is: backends, datasets and suites, with their options, read without importing any library under test."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, fields

from backends.base import Options
from harness.catalog import backend_class, backend_names, dataset_class, dataset_names, suite_names
from harness.errors import LinbenchError

__all__ = ["KINDS", "lines"]


def _options(kind: type[Options]) -> str:
    told = [
        f"{each.name}=<required>" if each.default is MISSING else f"{each.name}={_toml(each.default)}"
        for each in fields(kind)
    ]
    return " ".join(told)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{each}"' for each in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module.partition(".")[0]) is not None


def _backends() -> Iterator[str]:
    yield "backends (option=default):"
    for name in backend_names():
        try:
            kind = backend_class(name)
        except LinbenchError as error:
            yield f"  {name}: {error}"
            continue
        devices = ",".join(sorted(kind.devices))
        absent = "" if _installed(kind.library.module) else f"; missing: install {kind.library.distribution}"
        yield f"  {name} ({kind.library.distribution}; {devices}{absent}) {_options(kind)}".rstrip()


def _datasets() -> Iterator[str]:
    yield "datasets (option=default):"
    for name in dataset_names():
        yield f"  {name} {_options(dataset_class(name))}"


def _suites() -> Iterator[str]:
    yield "suites:"
    for name in suite_names():
        yield f"  {name}"


_LISTS: dict[str, Callable[[], Iterator[str]]] = {"backends": _backends, "datasets": _datasets, "suites": _suites}
KINDS = list(_LISTS)
"""What can be listed."""


def lines(kinds: Sequence[str]) -> Iterator[str]:
    """The lists of these kinds, a line a thing."""
    for kind in kinds:
        yield from _LISTS[kind]()
