"""Reads a suite file and checks it completely before anything runs.

A list in a dataset's or backend's table is a sweep; for an option that is itself a list, a list of lists is.
"""

import itertools
import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from backends.base import Device, Options
from harness.catalog import backend_class, dataset_class, suite_path
from harness.config.advice import unknown_option
from harness.config.cases import Case, Component, Suite, with_options
from harness.config.cluster import Cluster
from harness.config.gate import GateTable
from harness.config.lines import line_of
from harness.config.naming import named, repeated_name
from harness.config.outline import EnvironmentTable, Outline, Placed, Precisions, Where
from harness.config.own import folder_of, is_own, own_backend
from harness.config.patterns import found_in
from harness.config.plan import Checked, Plan
from harness.config.sweeps import swept
from harness.config.values import check_values
from harness.datasets.base import Dtype
from harness.environments import DEFAULT, Environment
from harness.errors import LinbenchError, SuiteError, nearest
from harness.messages import Place, in_words, place_in_words

Table = TypeVar("Table", bound=Checked)
MOST_COMBINATIONS = 10_000
"""Most combinations of one table's lists; they are counted before they are expanded."""

MOST_CASES = 100_000

TITLE = re.compile(r"[^/\x00-\x1f]{1,80}")

FIND: dict[str, Callable[[str], type[Options]]] = {"dataset": dataset_class, "backend": backend_class}


def load_suite(suite: str | Path, devices: Sequence[Device] = (), *, any_requirement: bool = False) -> Suite:
    """Read a suite and check it completely. Nothing is built or run.

    Parameters
    ----------
    suite : str or Path
        A suite file, or the name of one under ``configs/``.
    devices : sequence of {"cpu", "cuda"}
        Devices in place of those that the suite names, if given.
    any_requirement : bool
        Whether an environment may require URLs and paths, whose installation may run their code.

    Raises
    ------
    SuiteError
        In one line: the file, the place in it, what was found, what was wanted, and the nearest valid name.
    """
    path = suite_path(str(suite))
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteError(f"{path}: cannot be read: {error}") from error
    return read_suite(text, path, devices, any_requirement=any_requirement)


def read_suite(text: str, path: Path, devices: Sequence[Device] = (), *, any_requirement: bool = False) -> Suite:
    """As `load_suite`, for a suite's text; the path is that of its file, which need not exist."""
    try:
        tables = tomllib.loads(text)
        check_values(tables)
    except ValueError as error:  # TOMLDecodeError, and an integer of more digits than Python reads
        raise SuiteError(f"{path}: not TOML: {error}") from error
    except RecursionError:
        raise SuiteError(f"{path}: not a suite: brackets are nested too deep") from None
    return _Reader(path, text.splitlines(), devices, any_requirement).suite(tables)


@cache
def option_schema(options_class: type[Options]) -> type[BaseModel]:
    """A strict model of a class's options; creating an instance checks its further rules."""
    hints = get_type_hints(options_class)
    typed: dict[str, Any] = {
        each.name: (hints[each.name], ... if each.default is MISSING else each.default)
        for each in fields(options_class)
        if not each.metadata.get("internal")
    }
    config = ConfigDict(strict=True, extra="forbid", arbitrary_types_allowed=True, protected_namespaces=())
    return create_model(options_class.__name__, __config__=config, **typed)


def _takes_list(hint: Any, value: Sequence[Any]) -> bool:
    """Whether a list is one value of the option (and a list of lists a sweep); otherwise a list is a sweep.

    For an option that takes a number or names, such as ``groups``, a list of names is one value.
    """
    if get_origin(hint) is tuple:
        return True
    lists = any(get_origin(each) is tuple for each in get_args(hint))
    return lists and all(isinstance(each, str | list) for each in value)


@dataclass(frozen=True)
class _Reader:
    """Checks one file; messages name the line."""

    path: Path
    lines: list[str]
    devices: Sequence[Device]
    any_requirement: bool

    def suite(self, tables: dict[str, Any]) -> Suite:
        try:
            outline = Outline.model_validate(tables)
        except ValidationError as error:
            raise self._outline_error(error, Outline, ()) from error
        environments = self._environments(outline)
        datasets = [found for i, table in enumerate(outline.dataset) for found in self._datasets(i, table)]
        backends = [found for i, table in enumerate(outline.backend) for found in self._backends(i, table, outline)]
        self._check_count(datasets, backends)
        titles = self._named("dataset", [each for each, _ in datasets])
        datasets = [(one, dtypes) for one, (_, dtypes) in zip(titles, datasets, strict=True)]
        titles = self._named("backend", [each.component for each in backends])
        backends = [each._replace(component=one) for each, one in zip(backends, titles, strict=True)]
        cases = [
            Case(dataset, backend.component, *where)
            for dataset, dtypes in datasets
            for backend in backends
            for where in backend.places(dtypes)
        ]
        unique = tuple({case.id: case for case in cases}.values())
        repeated = tuple(name for name, count in Counter(case.id for case in cases).items() if count > 1)
        self._check_gate(outline.gate, unique)
        told = outline.name, outline.description, self.path, outline.plan
        return Suite(*told, unique, environments, repeated, tuple(outline.gate), outline.cluster)

    def _named(self, kind: str, components: Sequence[Component]) -> list[Component]:
        found = named(components)
        if twice := repeated_name(found):
            raise SuiteError(f"{self.path}: two {kind}s are called {twice!r}; give each a name of its own")
        return found

    def _check_count(self, datasets: Sequence[tuple[Component, Sequence[Dtype]]], backends: Sequence[Placed]) -> None:
        many = Counter(tuple(dtypes) for _, dtypes in datasets)
        count = sum(each * sum(backend.count(dtypes) for backend in backends) for dtypes, each in many.items())
        if count > MOST_CASES:
            raise SuiteError(f"{self.path}: {count:,} cases, wanted at most {MOST_CASES:,}; make several suites of it")

    def _check_gate(self, tables: Sequence[GateTable], cases: Sequence[Case]) -> None:
        ids = [name for case in cases for name in (case.id, case.label)]
        for i, table in enumerate(tables):
            if not found_in(ids, table.only):
                unknown = f"got {table.only!r}, which is in no case's id; `linbench validate` lists them"
                raise self._error(("gate", i, "only"), unknown)
            if table.fails_first:
                message = f"got {table.warn!r}, wanted at most what fails: fail = {table.fail!r}"
                raise self._error(("gate", i, "warn"), message)

    def _environments(self, outline: Outline) -> tuple[Environment, ...]:
        found: dict[str, Environment] = {}
        for i, table in enumerate(outline.environment):
            if table.name in found:
                raise self._error(("environment", i, "name"), f"got {table.name!r} again, wanted a name of its own")
            try:
                found[table.name] = Environment(
                    table.name, tuple(table.requires), table.python, anything=self.any_requirement
                )
            except ValueError as error:  # "field: got …, wanted …"
                field, _, message = str(error).partition(": ")
                raise self._error(("environment", i, field), message) from error
        self._check_known(outline.environments, outline, ())
        return tuple(found.values())

    def _datasets(self, i: int, table: dict[str, Any]) -> Iterator[tuple[Component, Sequence[Dtype]]]:
        """The datasets of a table, with the precisions that the table names."""
        own, rest = self._parted(table, Precisions)
        dtypes = self._valid(Precisions, own, ("dataset", i)).dtypes if "dtypes" in own else ()
        for component in self._components("dataset", i, rest):
            yield component, dtypes

    def _backends(self, i: int, table: dict[str, Any], outline: Outline) -> Iterator[Placed]:
        own, rest = self._parted(table, Where)
        suites = {"devices": outline.devices, "dtypes": outline.dtypes, "environments": outline.everywhere}
        where = self._valid(Where, {**suites, **own}, ("backend", i))
        self._check_known(where.environments, outline, ("backend", i))
        devices = self.devices or where.devices
        for component in self._components("backend", i, rest):
            yield Placed(component, devices, where.dtypes, where.environments, own_dtypes="dtypes" in own)

    def _check_known(self, wanted: Sequence[str], outline: Outline, prefix: Place) -> None:
        names = [DEFAULT, *(each.name for each in outline.environment)]
        for name in wanted:
            if name not in names:
                unknown = f"got {name!r}, wanted the name of an [[environment]]{nearest(name, names)}"
                raise self._error((*prefix, "environments"), unknown)

    @staticmethod
    def _parted(table: dict[str, Any], model: type[Checked]) -> tuple[dict[str, Any], dict[str, Any]]:
        """A table's keys in ``model``, and the rest."""
        own = {key: table[key] for key in model.model_fields if key in table}
        return own, {key: value for key, value in table.items() if key not in own}

    def _valid(self, model: type[Table], values: dict[str, Any], prefix: Place) -> Table:
        try:
            return model.model_validate(values)
        except ValidationError as error:
            raise self._outline_error(error, model, prefix) from error

    def _components(self, kind: str, i: int, table: dict[str, Any]) -> Iterator[Component]:
        """The components of a table, one for each combination of swept values."""
        options_class = self._class(kind, i, table)
        known = [each.name for each in fields(options_class) if not each.metadata.get("internal")]
        also = ["use", "name", *(Where if kind == "backend" else Precisions).model_fields]
        for key in table:
            if key not in [*known, "use", "name"]:
                raise self._error((kind, i, key), unknown_option(table["use"], key, [*known, *also]))
        called = self._title(kind, i, table)
        hints = get_type_hints(options_class)
        own = {key: value for key, value in table.items() if key not in ("use", "name")}
        axes = {key: self._axis((kind, i, key), value, hints[key]) for key, value in own.items()}
        count = math.prod(map(len, axes.values()))
        if count > MOST_COMBINATIONS:
            swept = " × ".join(str(len(each)) for each in axes.values() if len(each) > 1)
            message = f"its lists make {count:,} combinations ({swept}), wanted at most {MOST_COMBINATIONS:,}"
            raise self._error((kind, i), message)
        for values in itertools.product(*axes.values()):
            chosen = dict(zip(axes, values, strict=True))
            made = self._component((kind, i), table["use"], options_class, dict(options_class.of_lists(chosen, axes)))
            swept_here = {key: value for key, value in chosen.items() if len(axes[key]) > 1}
            yield replace(made, called=with_options(called, swept_here) if called else "")

    def _title(self, kind: str, i: int, table: dict[str, Any]) -> str:
        """The ``name`` that a table gives its components; empty if none."""
        name = table.get("name", "")
        if "name" in table and not (isinstance(name, str) and TITLE.fullmatch(name)):
            raise self._error((kind, i, "name"), f"got {name!r}, wanted a short text without '/'")
        return str(name)

    def _class(self, kind: str, i: int, table: dict[str, Any]) -> type[Options]:
        name = table.get("use")
        if not isinstance(name, str):
            got = f"got {name!r}" if "use" in table else "the key is missing"
            raise self._error((kind, i, "use"), f"{got}, wanted the name of a {kind}; see `linbench list`")
        try:
            if kind == "backend" and is_own(name):
                return type(own_backend(name, self.path.parent))
            return FIND[kind](name)
        except LinbenchError as error:
            raise self._error((kind, i, "use"), str(error)) from error

    def _local(self, name: str, options_class: type[Options], options: dict[str, Any]) -> dict[str, Any]:
        """Options that place what a suite names by a path, which is relative to the suite's file."""
        if is_own(name):
            own = own_backend(name, self.path.parent)
            return {"source": own.source, "yields": own.yields}
        if "folder" in {each.name for each in fields(options_class)}:
            return {"folder": folder_of(str(options["path"]), self.path.parent)}
        return {}

    def _axis(self, place: Place, value: Any, hint: Any) -> Sequence[Any]:
        if isinstance(value, dict):
            try:
                return swept(value, whole=hint is int)
            except ValueError as error:
                raise self._error(place, str(error)) from error
        if not isinstance(value, list):
            return [value]
        if not value:
            raise self._error(place, "got an empty list, wanted at least one value")
        if not _takes_list(hint, value):
            return value
        lists = all(isinstance(each, list) for each in value)
        return [tuple(each) for each in value] if lists else [tuple(value)]

    def _component(self, place: Place, name: str, options_class: Any, options: dict[str, Any]) -> Component:
        try:
            option_schema(options_class).model_validate(options)
        except ValidationError as error:
            raise self._option_error(error, place) from error
        try:
            return Component(name, options_class(**options, **self._local(name, options_class, options)))
        except ValueError as error:  # a rule of the class: "option: got …, wanted …"
            option, _, message = str(error).partition(": ")
            raise self._error((*place, option), message) from error

    def _outline_error(self, error: ValidationError, model: type[Checked], prefix: Place) -> SuiteError:
        # report an unknown key before a missing one: it may be the missing one misspelt
        first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        tables: dict[str, type[Checked]] = {
            "plan": Plan, "cluster": Cluster, "environment": EnvironmentTable, "gate": GateTable,
        }  # fmt: skip
        inner = tables.get(str(first["loc"][0]), model) if len(first["loc"]) > 1 else model
        return self._error((*prefix, *first["loc"]), in_words(first, list(inner.model_fields)))

    def _option_error(self, error: ValidationError, prefix: Place) -> SuiteError:
        first, *others = error.errors()
        # pydantic reports one error for each member of a union; they are joined here
        option = str(first["loc"][0])
        members = [in_words(each, []) for each in (first, *others) if each["loc"][0] == option]
        wanted = " or ".join(dict.fromkeys(each.partition(", wanted ")[2] or each for each in members))
        got = members[0].partition(", wanted ")[0]
        return self._error((*prefix, option), f"{got}, wanted {wanted}" if len(members) > 1 else members[0])

    def _error(self, place: Place, message: str) -> SuiteError:
        line = line_of(self.lines, place)
        where = f"{self.path}:{line}" if line else str(self.path)
        return SuiteError(f"{where}: {place_in_words(place)}: {message}")
