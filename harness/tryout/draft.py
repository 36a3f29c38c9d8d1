"""Writes a suite as TOML: the text that `try` runs and saves, and that `new` prints."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backends.base import Backend, Library
from harness.catalog import backend_class, backend_names
from harness.config import Suite, read_suite
from harness.errors import LinbenchError, SuiteError, UsageError

COMMENTS = {
    "rounds": "fresh processes per case; 12 to compare times by",
    "seconds": "of samples per case and round",
    "limit": "seconds per case and round, then it is a timeout",
}

IN_THE_FILE = re.compile(r"^\S+\.toml(:\d+)?: ((dataset|backend)\[\d+\]\.)?(use: )?")
"""The place in a suite with which a message begins."""

BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The contents of a suite to write.

    Attributes
    ----------
    name : str
        Any text; `text` makes a file's name of it.
    datasets, backends : sequence of mapping
        Tables as in a suite, with ``use``.
    plan : mapping
    """

    name: str
    datasets: Sequence[Mapping[str, Any]]
    backends: Sequence[Mapping[str, Any]]
    plan: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """The suite's TOML, with comments."""
        lines = [f"name = {_toml(fit_name(self.name))}"]
        if self.plan:
            lines += ["", "[plan]", *(_commented(key, value) for key, value in self.plan.items())]
        for kind, tables in (("dataset", self.datasets), ("backend", self.backends)):
            for table in tables:
                lines += ["", f"[[{kind}]]", *_pairs(table)]
        return "\n".join(lines) + "\n"

    def suite(self, path: Path) -> Suite:
        """The suite, checked as any other.

        Parameters
        ----------
        path : Path
            Where it would be: paths in it are relative to its folder.

        Raises
        ------
        UsageError
            When a name or an option is not valid. The message leaves out the file, which the user did not write.
        """
        try:
            return read_suite(self.text(), path)
        except SuiteError as error:
            raise UsageError(IN_THE_FILE.sub("", str(error))) from error


def default_backends() -> list[str]:
    """Every installed direct solver for Python, and the widely used iterative ones, in the order to begin them.

    NumPy's come first, which need no other import; then the slowest imports, so that the run does not end by waiting
    for them. Modules of one library are in alphabetical order: `scipy.linalg` before `scipy.stats`, whose import is
    slow and of use only for some problems.
    """
    kinds: dict[str, type[Backend[Any]]] = {}
    for name in backend_names():
        with suppress(LinbenchError):  # a plugin may be broken; that is an error only where the user names it
            kinds[name] = backend_class(name)
    found = [name for name, kind in kinds.items() if _is_tried(kind)]
    return sorted(found, key=lambda name: _import_order(kinds[name].library))


def _is_tried(kind: type[Backend[Any]]) -> bool:
    if kind.walks or kind.timed_whole or kind.library.program or kind.lack() is not None:
        return False
    return kind.stopping_option is None or kind.widely_used


def _import_order(library: Library) -> tuple[bool, float, str]:
    return library.worker != "numpy", -library.import_seconds, library.module


def fit_name(text: str) -> str:
    """Any text as the name of a suite and its file."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:60] or "mine"


def _pairs(table: Mapping[str, Any]) -> list[str]:
    return [f"{key if BARE.fullmatch(key) else _toml(key)} = {_toml(value)}" for key, value in table.items()]


def _commented(key: str, value: Any) -> str:
    pair = f"{key} = {_toml(value)}"
    return f"{pair}  # {COMMENTS[key]}" if key in COMMENTS else pair


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return repr(value)
