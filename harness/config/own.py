"""What a suite names as ``mine.py:fit``: found and looked at without running any of it."""

import ast
from glob import has_magic
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from backends._own import Own
from harness.errors import UsageError, nearest

MOST_BYTES = 4 * 2**20
"""Of a file that is looked into; of a longer one nothing is said before it runs."""


def is_own(use: str) -> bool:
    """Whether this names a function or an estimator, and no backend."""
    return ":" in use


def own_backend(use: str, folder: Path) -> Own:
    """The backend that ``FILE.py:NAME`` or ``module:name`` means.

    Parameters
    ----------
    folder : Path
        What a file's path is relative to.

    Raises
    ------
    UsageError
        When there is no such file, it is no Python, or it defines no such name; or where a module is only a file here.
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
    return Own(source=f"{_from_here(path)}:{name}", yields=_yields(path, name))


def folder_of(path: str, folder: Path) -> str:
    """The folder that a dataset's path is relative to: the suite's where the file is there, else the present one.

    Parameters
    ----------
    path : str
        As `harness.datasets.file` takes it.
    folder : Path
        The suite's.
    """
    file = path.partition("::")[0].strip()
    if "://" in path or not file or Path(file).expanduser().is_absolute():
        return ""
    there = (folder / file).exists() or (has_magic(file) and any(folder.glob(file)))
    return str(_from_here(folder)) if there and folder.resolve() != Path.cwd() else ""


def _from_here(path: Path) -> Path:
    """A path as seen from the present folder, where it lies in it: run files then hold no machine's own folders."""
    whole = path.resolve()
    return whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else whole


def _yields(path: Path, name: str) -> bool:
    """Whether the name is that of a generator; a name that stands nowhere in the file is refused."""
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
            if not (each.startswith("_") or isinstance(node, ast.Import))  # of a module nothing can be fitted
        ]  # fmt: skip
        raise UsageError(f"{path.name} defines no {first!r}{nearest(first, public)}")
    return first == name and _is_generator(defined.get(name))


def _names(node: ast.AST) -> list[str]:
    """What a statement at the top of a module defines."""
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
    """Whether a function itself yields, and not only one within it."""
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
