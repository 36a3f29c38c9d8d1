"""Lists backends, datasets, suites and so on, without importing any library under test."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import MISSING, fields
from importlib import import_module
from inspect import getdoc
from typing import NamedTuple

from backends.base import Options
from harness.catalog import backend_class, backend_names, dataset_class, dataset_names, module_names, suite_names
from harness.datasets.base import Dataset
from harness.errors import LinbenchError, UnknownName
from harness.judgement import scores
from harness.reports import layout
from harness.reports.sheet import Column, Line, Sheet, Table
from harness.reports.sheets import base
from harness.reports.sheets.base import report
from harness.units import ABSENT


class Entry(NamedTuple):
    """One item of a list; ``own`` are the options that only it has."""

    name: str
    about: str = ""
    options: str = ""
    library: str = ""
    devices: str = ""
    own: str | None = None


COLUMNS: tuple[Column[Entry], ...] = (
    Column("name", "name", lambda entry: entry.name, left=True),
    Column("library", "library", lambda entry: entry.library or None, left=True),
    Column("devices", "devices", lambda entry: entry.devices or None, left=True, priority=1),
    Column("options", "options, with their defaults", lambda entry: entry.options or None,
           lambda entry: (entry.options if entry.own is None else entry.own) or ABSENT, left=True, wraps=True),
    Column("about", "about", lambda entry: entry.about or None, left=True, wraps=True),
)  # fmt: skip


@report()
def catalogue(kinds: Sequence[str] = ()) -> Sheet:
    """What can be named: backends, datasets, suites, scores, reports, formats.

    Parameters
    ----------
    kinds : sequence of str
        Some of `KINDS`; all when empty. Raises `UnknownName` for any other.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise UnknownName("list", kind, KINDS)
    shown = kinds or [*KINDS]
    shared = (f"every dataset also takes {_options(Dataset)}",) if "datasets" in shown else ()
    return Sheet(tuple(Table.of(kind, COLUMNS, KINDS[kind]()) for kind in shown), after=tuple(map(Line, shared)))


def _options(kind: type[Options], besides: Collection[str] = ()) -> str:
    every = [
        f"{each.name}=<required>" if each.default is MISSING else f"{each.name}={_toml(each.default)}"
        for each in fields(kind)
    ]
    return " ".join(each for each in every if each not in besides)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{each}"' for each in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _first_line(thing: object) -> str:
    return (getdoc(thing) or "").partition("\n")[0]


def _backends() -> Iterator[Entry]:
    for name in backend_names():
        try:
            kind = backend_class(name)
        except LinbenchError as error:
            yield Entry(name, str(error))
            continue
        lack = kind.lack()
        library = kind.library.distribution + ("" if lack is None else f" (missing: {lack})")
        yield Entry(name, _first_line(kind), _options(kind), library, ",".join(sorted(kind.devices)))


def _datasets() -> Iterator[Entry]:
    shared = _options(Dataset).split()
    for name in dataset_names():
        kind = dataset_class(name)
        yield Entry(name, _first_line(kind), _options(kind), own=_options(kind, shared))


def _reports() -> Iterator[Entry]:
    for each in map(base.find, base.names()):
        of = " (of a run)" if each.of_run else ""
        yield Entry(each.name, f"{each.about}{of}")


def _formats() -> Iterator[Entry]:
    for package in (layout.__name__, "harness.exports"):
        for name in module_names(package):
            yield Entry(name.replace("_", "-"), _first_line(import_module(f"{package}.{name}")))


KINDS: dict[str, Callable[[], Iterator[Entry]]] = {
    "backends": _backends,
    "datasets": _datasets,
    "suites": lambda: map(Entry, suite_names()),
    "scores": lambda: (Entry(score.name, score.about) for score in scores().values()),
    "reports": _reports,
    "formats": _formats,
}
"""The kinds of items that can be listed."""
