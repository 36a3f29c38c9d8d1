"""Writes functions and estimators of a running Python to a file that a worker can import.

The file is source text, not a pickle, so that anyone can read what ran.
"""

import ast
import functools
import hashlib
import inspect
import linecache
import re
import symtable
import sys
import textwrap
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator, Mapping
from enum import Enum
from operator import attrgetter
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from harness.errors import UsageError
from harness.files import write_whole

MOST_NUMBERS = 1000
"""The largest array that is written into the source."""

ANNOTATIONS = "from __future__ import annotations\n"

PLAIN = {type(None), bool, int, float, complex, str, bytes}
"""Types that are written by their `repr`."""

NUMBERS = {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"}
"""NumPy's types whose numbers Python's can represent exactly."""

DICTIONARIES = {OrderedDict, Counter, defaultdict}
"""Dictionaries that are made from a plain one."""

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Definition = Function | ast.ClassDef

USE_A_FILE = 'put it into a file and give "mine.py:fit"'


def use_of(given: Any, folder: Path) -> tuple[str, str]:
    """The ``use`` of a function or an estimator in a suite, and its name.

    Parameters
    ----------
    given : str, function, class, or instance
        A ``use`` as it is; or any callable, an estimator's class, or an estimator.
    folder : Path
        Where its file is written.

    Raises
    ------
    UsageError
        When its source is not available, or it refers to something that cannot be written as source.
    """
    if isinstance(given, str):
        return given, ""
    if not (callable(given) or hasattr(given, "fit")):
        raise UsageError(f"got {type(given).__name__}, wanted a backend's name, a function, or an estimator with fit")
    title = str(getattr(given, "__name__", type(given).__name__)).strip("<>")
    if found := _import(given):
        return ":".join(found), title
    writer = _Writer()
    name = title if _is_defined(given) and title != "lambda" else "tried"
    writer.define(name, given)
    text = "\n".join([ANNOTATIONS, *writer.lines.values()]) + "\n"
    path = folder / f"{title}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.py"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())
    return f"{path}:{name}", title


def _import(thing: Any) -> tuple[str, str] | None:
    """The module and name to import it by in another process; None unless an installed package has it."""
    module, name = getattr(thing, "__module__", None) or "builtins", getattr(thing, "__qualname__", "<>")
    try:
        found = attrgetter(name)(sys.modules[module])
    except (AttributeError, KeyError):
        return None
    return (module, name) if found is thing and _is_installed(sys.modules[module]) else None


def _is_installed(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None) or ""
    if not file:
        return module.__name__ != "__main__"
    return "site-packages" in file or "dist-packages" in file or file.startswith(sys.base_prefix)


def _is_defined(thing: Any) -> bool:
    return inspect.isclass(thing) or isinstance(inspect.unwrap(thing), FunctionType)


def _is_own_object(thing: Any) -> bool:
    """Whether its class is the user's own, so that its attributes are its whole state."""
    module = sys.modules.get(type(thing).__module__)
    if module is None or _is_installed(module) or hasattr(thing, "get_params") or isinstance(thing, Enum):
        return False
    try:
        object.__new__(type(thing))
    except TypeError:  # a subclass of dict, list or array, which holds more than its attributes
        return False
    return hasattr(thing, "__dict__")


class _Writer:
    """Collects the definitions that a piece of source needs, each once and before its use."""

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}
        self._things: dict[str, Any] = {}

    def define(self, name: str, thing: Any) -> None:
        """Define a name, if it is not yet defined.

        Raises
        ------
        UsageError
            When the name is taken, or the thing cannot be written as source.
        """
        if name not in self._things:
            self._things[name] = thing  # it may refer to itself
            self.lines[name] = self._statement(name, thing)
        elif self._things[name] is not thing and self.lines.get(name) != self._statement(name, thing):
            raise UsageError(f"two different objects are called {name}; rename one, or {USE_A_FILE}")

    def _statement(self, name: str, thing: Any) -> str:
        if isinstance(thing, ModuleType):
            return f"{_path_to(thing)}import {thing.__name__} as {name}"
        if found := _import(thing):
            first, dot, rest = found[1].partition(".")
            return f"from {found[0]} import {first} as {name}" + (f"\n{name} = {name}.{rest}" if dot else "")
        if _is_defined(thing):
            return self._source(name, thing)
        if _is_own_object(thing):
            kind = self.value(type(thing), name)
            state = ", ".join(f"{key!r}: {self.value(each, f'{name}.{key}')}" for key, each in vars(thing).items())
            return f"{name} = object.__new__({kind})\nvars({name}).update({{{state}}})"
        return f"{name} = {self.value(thing, name)}"

    def value(self, value: Any, whose: str) -> str:
        """An expression for a value."""
        return self._literal(value, whose) or self._constructed(value, whose)

    def _literal(self, value: Any, whose: str) -> str:
        """Numbers, texts, arrays, and containers of them; "" for anything else."""
        if type(value) in PLAIN:
            return f"float({str(value)!r})" if isinstance(value, float) and value - value != 0 else repr(value)
        if isinstance(value, np.ndarray | np.generic) and value.size <= MOST_NUMBERS and value.dtype.str[1:] in NUMBERS:
            self.define("numpy", np)
            flat, scalar = self.value(value.ravel().tolist(), whose), "[()]" if isinstance(value, np.generic) else ""
            return f"numpy.array({flat}, dtype={value.dtype.str!r}).reshape({value.shape}){scalar}"
        if type(value) in {tuple, list, set, frozenset}:
            inner = ", ".join(self.value(each, whose) for each in value)
            return f"{type(value).__name__}([{inner}])"
        if type(value) is dict:
            pairs = (f"{self.value(k, whose)}: {self.value(v, whose)}" for k, v in value.items())
            return f"{{{', '.join(pairs)}}}"
        return ""

    def _constructed(self, value: Any, whose: str) -> str:
        """An expression that constructs a value from others, or the name of its definition."""
        if isinstance(value, Enum):
            return f"{self.value(type(value), whose)}[{value.name!r}]"
        if isinstance(value, MethodType):
            return f"{self.value(value.__self__, whose)}.{value.__name__}"
        if isinstance(value, functools.partial):
            self.define("functools", functools)
            return self._call("functools.partial", (value.func, *value.args), value.keywords, whose)
        if type(value) in DICTIONARIES:
            factory = (value.default_factory,) if isinstance(value, defaultdict) else ()
            return self._call(self.value(type(value), whose), (*factory, dict(value)), {}, whose)
        if callable(getattr(value, "get_params", None)) and not inspect.isclass(value):
            return self._call(self.value(type(value), whose), (), value.get_params(deep=False), whose)
        return self._name_of(value, whose)

    def _call(self, what: str, given: tuple[Any, ...], by_name: Mapping[str, Any], whose: str) -> str:
        words = [f"{name}={self.value(each, f'{whose}: {name}')}" for name, each in by_name.items()]
        return f"{what}({', '.join([*(self.value(each, whose) for each in given), *words])})"

    def _name_of(self, value: Any, whose: str) -> str:
        """The name of a definition: of a module, a function, a class, or an object of the user's own class."""
        for name, thing in self._things.items():
            if thing is value and name != whose:
                if name not in self.lines:
                    raise UsageError(f"{whose} refers to {name}, which refers back to it; {USE_A_FILE}")
                return name
        if not (isinstance(value, ModuleType) or _is_defined(value) or _import(value) or _is_own_object(value)):
            what = f"an array of {value.size} numbers" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
            raise UsageError(f"{whose} is {what}, which cannot be written as source; {USE_A_FILE}")
        name = getattr(value, "__name__", "")
        name = name if name.isidentifier() else f"{type(value).__name__}_{len(self._things)}"
        self.define(name, value)
        return name

    def _source(self, name: str, thing: Any) -> str:
        """The source of a function or a class, under this name."""
        plain = thing if isinstance(thing, FunctionType) else inspect.unwrap(thing)  # such as a cached function
        known = _namespace(plain)
        if not (isinstance(thing, FunctionType | type) or known.get(plain.__name__) is thing):
            raise UsageError(
                f"{name} is a {type(thing).__name__} that wraps {plain.__name__} under another name; {USE_A_FILE}"
            )
        text = self._text_of(name, plain, decorated=plain is not thing or inspect.isclass(thing))
        try:
            names = set(_global_names(symtable.symtable(f"{ANNOTATIONS}{text}", name, "exec")))
        except SyntaxError as error:  # an inner function that uses `nonlocal`, for one
            raise UsageError(f"{name} cannot stand alone: {error.msg}; {USE_A_FILE}") from None
        for other in sorted(names & {*known}):
            self.define(other, known[other])
        return text

    def _text_of(self, name: str, thing: Any, *, decorated: bool) -> str:
        """The source that defines a function or class, under another name; with its decorators where asked.

        Raises
        ------
        UsageError
            When there is no source, or its line holds two candidates.
        """
        codes = [each.__code__ for each in _functions(thing)]
        lines, nodes = _definitions(thing, codes[0] if codes else None)
        if len(nodes) != 1:
            what = f"{len(nodes)} on its line" if nodes else "no source"
            raise UsageError(
                f"the source of {thing.__name__} is not available ({what}); define it with def, or {USE_A_FILE}"
            )
        node = nodes[0]
        first = _first_line(node) if decorated else node.lineno
        text = ast.get_source_segment("".join(lines), node) if isinstance(node, ast.Lambda) else None
        text = text or textwrap.dedent("".join(lines[first - 1 : node.end_lineno])).rstrip()
        if not isinstance(node, ast.ClassDef) and self._with_defaults(name, node, thing):
            if not (decorated or isinstance(node, ast.Lambda)):
                node.decorator_list = []
            text = ast.unparse(node)
        if isinstance(node, ast.Lambda):
            return f"{name} = ({text})"
        return re.sub(rf"^((?:async +)?def|class) +{node.name}\b", rf"\1 {name}", text, count=1, flags=re.MULTILINE)

    def _with_defaults(self, name: str, node: Function, function: FunctionType) -> bool:
        """Replace names in default arguments by their values, because a name may have another value by now."""
        by_name, changed = function.__kwdefaults__ or {}, False
        pairs: list[tuple[list[Any], int, Any]]
        pairs = [(node.args.defaults, i, value) for i, value in enumerate(function.__defaults__ or ())]
        words = [(each.arg, i) for i, each in enumerate(node.args.kwonlyargs)]
        pairs += [(node.args.kw_defaults, i, by_name[word]) for word, i in words if word in by_name]
        for expressions, i, value in pairs:
            names = [each for each in ast.walk(expressions[i]) if isinstance(each, ast.Name)]
            if not names:
                continue
            try:
                text = self.value(value, f"{name}: {names[0].id}")
            except UsageError:
                if expressions[i] is names[0]:
                    raise
                continue  # such as a call, which is evaluated again
            expressions[i], changed = ast.parse(text, mode="eval").body, True
        return changed


def _path_to(module: ModuleType) -> str:
    """Statements that put the folder of a user's own module on the search path; "" for an installed one."""
    file = getattr(module, "__file__", None)
    if file is None or _is_installed(module):
        return ""
    folders = (str(Path(each).resolve()) for each in sys.path)
    folder = next((each for each in folders if Path(file).resolve().is_relative_to(each)), str(Path(file).parent))
    return f"import sys\nsys.path.append({folder!r})\n"


def _namespace(thing: Any) -> dict[str, Any]:
    """The objects that a function or class sees by name: closure variables, then its module's."""
    known = dict(vars(sys.modules[thing.__module__])) if thing.__module__ in sys.modules else {}
    for function in _functions(thing):
        known |= function.__globals__
    for function in _functions(thing):
        for name, box in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            if name != "__class__" and box != type(box)():  # an empty one has no value yet
                known[name] = box.cell_contents
    return known


def _functions(thing: Any) -> list[FunctionType]:
    """The function itself, or the functions that a class defines."""
    if not inspect.isclass(thing):
        return [thing]
    inner = (getattr(each, "__func__", getattr(each, "fget", each)) for each in vars(thing).values())
    found = (inspect.unwrap(each) for each in inner if callable(each))
    # a decorator, such as dataclass's, may have added others
    return [
        each
        for each in found
        if isinstance(each, FunctionType) and each.__code__.co_qualname.startswith(f"{thing.__qualname__}.")
    ]


def _definitions(thing: Any, code: CodeType | None) -> tuple[list[str], list[Definition]]:
    """The source lines of the file or notebook that defines it, and the definitions there that may be its own."""
    try:
        lines = linecache.getlines(code.co_filename) if code else inspect.findsource(thing)[0]
        nodes = [each for each in ast.walk(ast.parse("".join(lines))) if isinstance(each, Definition)]
    except (OSError, TypeError, SyntaxError):
        return [], []
    if not inspect.isclass(thing):
        named = [each for each in nodes if getattr(each, "name", "<lambda>") == thing.__code__.co_name]
        return lines, [each for each in named if _first_line(each) == thing.__code__.co_firstlineno]
    named = [each for each in nodes if isinstance(each, ast.ClassDef) and each.name == thing.__name__]
    line = code.co_firstlineno if code else inspect.findsource(thing)[1] + 1
    around = [each for each in named if _first_line(each) <= line <= (each.end_lineno or 0)]
    return lines, around[-1:]  # the innermost


def _first_line(node: Definition) -> int:
    lines: list[int] = [node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))]
    return min(lines)


def _global_names(table: symtable.SymbolTable) -> Iterator[str]:
    """Names that a piece of source takes from outside, in bodies, defaults, decorators and bases."""
    outermost = table.get_type() == "module"
    yield from (
        each.get_name() for each in table.get_symbols() if (each.is_referenced() if outermost else each.is_global())
    )
    for inner in table.get_children():
        if inner.get_type() in {"function", "class"}:  # annotations are never evaluated
            yield from _global_names(inner)
