"""A user's own code, ``mine.py:fit`` in a suite: found and inspected without running it."""

import ast
from glob import has_magic
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from backends._own import Own
from harness.errors import UsageError, nearest

MOST_BYTES = 4 * 2**20
"""Largest file to inspect, in bytes; a larger one is checked only when it runs."""


def is_own(use: str) -> bool:
    """Whether this names a function or an estimator, not a backend."""
    return ":" in use


def own_backend(use: str, folder: Path) -> Own:
    """The backend for ``FILE.py:NAME`` or ``module:name``.

    Parameters
    ----------
    folder : Path
        The folder that a file's path is relative to.

    Raises
    ------
    UsageError
        When the file is missing, is not Python or lacks the name; or if a module is only a file here.
    """
    place, _, name = use.rpartition(":")
    if not place or not all(part.isidentifier() for part in name.split(".")):
        raise UsageError(f"got {use!r}, wanted FILE.py:NAME or module:name")
    if not place.endswith(".py"):
        if not all(part.isidentifier() for part in place.split(".")):
            raise UsageError(f"got {use!r}, wanted FILE.py:NAME or module:name")
        file = f"{place.replace('.', '/')}.py"
        if (folder / file).is_file() and find_spec(place.partition(".")[0]) is None:
            raise UsageError(f"got {use!r}, and no such module is installed; to name the file: {file}:{name}")
        return Own(source=use)
    path = folder / Path(place).expanduser()
    if not path.is_file():
        beside = [each.name for each in path.parent.glob("*.py")] if path.parent.is_dir() else []
        raise UsageError(f"{place}: there is no such file{nearest(path.name, beside) if beside else ''}")
    return Own(source=f"{_relative_to_here(path)}:{name}", yields=_yields(path, name))


def folder_of(path: str, folder: Path) -> str:
    """The folder that a dataset's path is relative to: the suite's if the file is there, else the current one ("").

    Parameters
    ----------
    path : str
        As in `harness.datasets.file`.
    folder : Path
        The suite's folder.
    """
    file = path.partition("::")[0].strip()
    if "://" in path or not file or Path(file).expanduser().is_absolute():
        return ""
    there = (folder / file).exists() or (has_magic(file) and any(folder.glob(file)))
    return str(_relative_to_here(folder)) if there and folder.resolve() != Path.cwd() else ""


def _relative_to_here(path: Path) -> Path:
    """A path relative to the current folder, if it is inside it, so that run files hold no absolute paths."""
    whole = path.resolve()
    return whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else whole


def _yields(path: Path, name: str) -> bool:
    """Whether the name is a generator function's; a name that the file does not define is refused."""
    if path.stat().st_size > MOST_BYTES:
        return False
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError as error:
        raise UsageError(f"{path.name}:{error.lineno}: {error.msg}: {(error.text or '').strip()}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"{path.name}: not Python: {error}") from None
    first = name.partition(".")[0]
    defined = {each: node for node in tree.body for each in _names(node)}
    if first not in defined and "*" not in defined and "__getattr__" not in defined:
        public = [
            each for each, node in defined.items()
            if not (each.startswith("_") or isinstance(node, ast.Import))  # a module is nothing to fit
        ]  # fmt: skip
        raise UsageError(f"{path.name} defines no {first!r}{nearest(first, public)}")
    return first == name and _is_generator(defined.get(name))


def _names(node: ast.AST) -> list[str]:
    """The names that a top-level statement of a module defines."""
    found: list[str] = []
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            found = [name]
        case ast.Import(names) | ast.ImportFrom(names=names):
            found = [each.asname or each.name.partition(".")[0] for each in names]
        case ast.Assign() | ast.AnnAssign():
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found = [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]
        case ast.If() | ast.Try() | ast.ExceptHandler() | ast.With() | ast.For() | ast.While():
            inner = [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt | ast.ExceptHandler)]
            found = [name for each in inner for name in _names(each)]
    return found


def _is_generator(node: Any) -> bool:
    """Whether a function itself yields, not just a function inside it."""
    if not isinstance(node, ast.FunctionDef):
        return False
    todo: list[ast.AST] = [*node.body]
    while todo:
        each = todo.pop()
        if isinstance(each, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            todo += ast.iter_child_nodes(each)
    return False
