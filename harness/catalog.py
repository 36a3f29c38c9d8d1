"""Looks things up by name: a file's name is the name of the backend, dataset, report or export in it.

Other packages add backends through the entry point group ``linbench.backends`` (name = "module:Class").
"""

import difflib
import inspect
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, TypeVar

from backends.base import Backend
from harness.datasets.base import Dataset
from harness.errors import LinbenchError, SuiteError, UnknownName, one_line

ENTRY_POINTS = "linbench.backends"

T = TypeVar("T")

DATA = frozenset({".csv", ".tsv", ".txt", ".parquet", ".feather", ".xlsx", ".json", ".jsonl"})
"""Suffixes of data files, which a user may give in place of a suite."""


def module_names(package: str, *, but: frozenset[str] = frozenset({"base"})) -> list[str]:
    """The names of the modules in a package, sorted, without importing them."""
    path = import_module(package).__path__
    return sorted(m.name for m in pkgutil.iter_modules(path) if m.name not in but and not m.name.startswith("_"))


@cache
def _entry_points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}


def backend_names() -> list[str]:
    """All backends, built-in or from other packages, sorted."""
    return sorted({*module_names("backends"), *_entry_points()})


def dataset_names() -> list[str]:
    """All datasets, sorted."""
    return module_names("harness.datasets")


@cache
def backend_class(name: str) -> type[Backend[Any]]:
    """The backend of that name.

    Raises
    ------
    UnknownName
        When there is none.
    LinbenchError
        When its module cannot be imported, or holds no backend.
    """
    if ":" in name:  # the user's own function or estimator; see `harness.config.own`
        return _only_subclass("backends._own", Backend)
    if name in module_names("backends"):
        return _only_subclass(f"backends.{name}", Backend)
    if name not in _entry_points():
        raise UnknownName("backend", name, backend_names())
    point = _entry_points()[name]
    with _import_errors_named(f"backend {name!r} of {point.value}"):
        found = point.load()
    if not (inspect.isclass(found) and issubclass(found, Backend)):
        raise LinbenchError(f"backend {name!r}: {point.value} is not a subclass of backends.base.Backend")
    return found


@cache
def dataset_class(name: str) -> type[Dataset]:
    """The dataset of that name.

    Raises
    ------
    UnknownName
        When there is none.
    """
    if name not in dataset_names():
        raise UnknownName("dataset", name, dataset_names())
    return _only_subclass(f"harness.datasets.{name}", Dataset)


def namesake(module: str, kind: type[T]) -> T:
    """The object in a module that has the module's name.

    Raises
    ------
    LinbenchError
        When the module cannot be imported, has no such name, or the object is of another kind.
    """
    name = module.rpartition(".")[2]
    with _import_errors_named(module):
        found = getattr(import_module(module), name, None)
    if not isinstance(found, kind):
        raise LinbenchError(f"{module} defines no {kind.__name__} called {name!r}; name it as the file is named")
    return found


def _only_subclass(module: str, base: type[T]) -> type[T]:
    """The one concrete subclass of ``base`` that the module itself defines."""
    with _import_errors_named(module):
        members = vars(import_module(module)).values()
    own = [m for m in members if inspect.isclass(m) and issubclass(m, base) and m.__module__ == module]
    concrete = [m for m in own if not inspect.isabstract(m)]
    if not concrete and own:
        lacking = ", ".join(sorted(getattr(own[0], "__abstractmethods__", ())))
        raise LinbenchError(f"{module}: {own[0].__name__} lacks {lacking}; define it to make a {base.__name__}")
    if len(concrete) != 1:
        names = ", ".join(each.__name__ for each in concrete) or "none"
        raise LinbenchError(f"{module} defines these subclasses of {base.__name__}: {names}; wanted exactly one")
    return concrete[0]


@contextmanager
def _import_errors_named(place: str) -> Iterator[None]:
    """Turn any exception of a module's import into a `LinbenchError` that names the module, in one line."""
    try:
        yield
    except LinbenchError:
        raise
    except SyntaxError as error:
        where = f"{Path(error.filename or place).name}:{error.lineno}"
        raise LinbenchError(f"{place} cannot be imported: {where}: {error.msg}") from error
    except Exception as error:
        raise LinbenchError(f"{place} cannot be imported: {one_line(error)}") from error


def _suite_folders() -> list[Path]:
    package = Path(__file__).resolve().parent
    return [Path.cwd() / "configs", package.parent / "configs", package / "configs"]


def suite_names() -> list[str]:
    """The names for which `suite_path` finds a file, such as ``default`` and ``articles/advertising``."""
    found: set[str] = set()
    for folder in _suite_folders():
        found.update(str(file.relative_to(folder).with_suffix("")) for file in folder.rglob("*.toml"))
    return sorted(found)


def suite_path(suite: str) -> Path:
    """The file of a suite given by name or path.

    Raises
    ------
    UnknownName
        When there is no such file and no suite of that name.
    """
    path = Path(suite)
    if path.suffix == ".toml" and path.is_file():
        return path
    for folder in _suite_folders():
        named = folder / f"{suite}.toml"
        if named.is_file():
            return named
    if path.is_file() or path.suffix.lower() in DATA:
        what = "it is no suite (TOML)" if path.is_file() else "there is no such file"
        raise SuiteError(f"{suite}: {what}; to fit a file of data: linbench try {suite} --target COLUMN")
    if path.suffix == ".toml" or path.exists():
        why = "it is a folder" if path.is_dir() else "there is no such file"
        todo = _nearest_suite(path) or "; give the path of a suite (TOML), or the name of one under configs/"
        raise SuiteError(f"{suite}: {why}{todo}")
    if close := _nearest_suite(path):
        raise SuiteError(f"unknown suite {suite!r}{close}")
    raise UnknownName("suite", suite, suite_names())


def _nearest_suite(path: Path) -> str:
    """The tail of a message about a wrong name: the suite that is called most alike, by name or beside it."""
    beside = {each.stem: str(each) for each in path.parent.glob("*.toml")}
    known = {**{name: name for name in suite_names()}, **beside}
    close = difflib.get_close_matches(path.stem, known, n=1)
    return f"; did you mean {known[close[0]]!r}?" if close else ""
