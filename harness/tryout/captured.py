"""Functions and estimators that live in a running Python, written down as a file that a worker can import.

Nothing is pickled: what is written is source text, so that what ran can be read.
"""

import ast
import hashlib
import inspect
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from harness.errors import UsageError
from harness.files import write_whole

MOST_NUMBERS = 1000
"""Of an array that a function refers to."""


def use_of(given: Any, folder: Path) -> tuple[str, str]:
    """What a suite would call a function or an estimator, and its name.

    Parameters
    ----------
    given : str, function, class, or instance
        A name as a suite has it; or a function, an estimator's class, or an estimator with its parameters.
    folder : Path
        Where what is written down is put.

    Raises
    ------
    UsageError
        When its source cannot be had, or it refers to something that has none.
    """
    if isinstance(given, str):
        return given, ""
    if inspect.isfunction(given) or inspect.isclass(given):
        if _is_importable(given):
            return f"{given.__module__}:{given.__qualname__}", given.__name__
        return _written(_Writer().named(given), given.__name__, folder)
    if hasattr(given, "fit"):
        name = type(given).__name__
        writer = _Writer()
        line = f"estimator = {writer.value(given, name)}"
        return _written([*writer.lines(), line], "estimator", folder, name)
    raise UsageError(f"got {type(given).__name__}, wanted a backend's name, a function, or an estimator with fit")


def _written(lines: list[str], name: str, folder: Path, title: str = "") -> tuple[str, str]:
    text = "\n".join(["from __future__ import annotations", "", *lines]) + "\n"
    path = folder / f"{title or name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.py"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())
    return f"{path}:{name}", title or name


def _is_importable(thing: Any) -> bool:
    """Whether another process finds it by its name: it is part of an installed package, and no script's."""
    module = sys.modules.get(thing.__module__)
    if module is None or thing.__module__ == "__main__" or "<" in thing.__qualname__:
        return False
    file = getattr(module, "__file__", None) or ""
    return "site-packages" in file or "dist-packages" in file or file.startswith(sys.base_prefix)


class _Writer:
    """Collects what a piece of source refers to, each thing once and before it is used."""

    def __init__(self) -> None:
        self._lines: dict[str, str] = {}

    def lines(self) -> list[str]:
        return list(self._lines.values())

    def named(self, thing: Any) -> list[str]:
        """The source of a function or class under its own name, after what it refers to."""
        self._define(thing.__name__, thing)
        return self.lines()

    def value(self, value: Any, whose: str) -> str:
        """An expression for a value."""
        if value is None or isinstance(value, bool | int | float | complex | str | bytes):
            return f"float({str(value)!r})" if isinstance(value, float) and value - value != 0 else repr(value)
        if isinstance(value, np.ndarray | np.generic) and value.size <= MOST_NUMBERS and value.dtype.kind in "biuf":
            self._lines.setdefault("np", "import numpy as np")
            return f"np.array({self.value(value.tolist(), whose)}, dtype={value.dtype.str!r})"
        if isinstance(value, tuple | list | set | frozenset):
            inner = ", ".join(self.value(each, whose) for each in value)
            return f"{type(value).__name__}([{inner}])"
        if isinstance(value, Mapping):
            pairs = (f"{self.value(k, whose)}: {self.value(v, whose)}" for k, v in value.items())
            return f"{{{', '.join(pairs)}}}"
        if callable(getattr(value, "get_params", None)):
            kind = type(value)
            self._define(kind.__name__, kind)
            own = value.get_params(deep=False).items()
            return f"{kind.__name__}({', '.join(f'{k}={self.value(v, whose)}' for k, v in own)})"
        raise UsageError(
            f"{whose} refers to a {type(value).__name__}, which cannot be written down; "
            'put it into a file and give "mine.py:fit"'
        )

    def _define(self, name: str, thing: Any) -> None:
        if name in self._lines:
            return
        self._lines[name] = ""  # it may refer to itself
        del self._lines[name]
        if isinstance(thing, ModuleType):
            self._lines[name] = f"import {thing.__name__} as {name}"
        elif not (inspect.isfunction(thing) or inspect.isclass(thing)) or _is_importable(thing):
            module, own = getattr(thing, "__module__", None), getattr(thing, "__qualname__", "")
            if module in sys.modules and own and getattr(sys.modules[module], own, None) is thing:
                self._lines[name] = f"from {module} import {own} as {name}"
            else:
                self._lines[name] = f"{name} = {self.value(thing, name)}"
        else:
            self._source(name, thing)

    def _source(self, name: str, thing: Any) -> None:
        try:
            source = textwrap.dedent(inspect.getsource(thing))
        except (OSError, TypeError):
            source = ""
        if not source.lstrip().startswith(("def ", "class ", "@")):
            raise UsageError(f"the source of {name} cannot be had; define it with def, or give " + '"mine.py:fit"')
        for function in [thing] if inspect.isfunction(thing) else filter(inspect.isfunction, vars(thing).values()):
            for other, value in _referred(function):
                if value is not thing:
                    self._define(other, value)
            for other in _named_above(source):
                if other in function.__globals__:
                    self._define(other, function.__globals__[other])
        self._lines[name] = source.rstrip()


def _named_above(source: str) -> set[str]:
    """Names that decorators, bases and default values refer to, which are looked up when a thing is defined."""
    (node,) = ast.parse(source).body
    above: list[ast.AST] = list(getattr(node, "decorator_list", []))
    above += getattr(node, "bases", [])
    if isinstance(node, ast.FunctionDef):
        above += [*node.args.defaults, *filter(None, node.args.kw_defaults)]
    return {each.id for part in above for each in ast.walk(part) if isinstance(each, ast.Name)}


def _referred(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Globals and variables of outer functions that a function refers to, by name."""
    names = {name for code in _codes(function.__code__) for name in code.co_names}
    yield from ((name, function.__globals__[name]) for name in sorted(names) if name in function.__globals__)
    for name, box in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        yield name, box.cell_contents


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)
