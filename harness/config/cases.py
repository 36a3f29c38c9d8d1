"""A checked suite: its cases, and what each one is called."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from backends.base import Device, Options
from harness.catalog import backend_class, dataset_class
from harness.config.cluster import Cluster
from harness.config.gate import GateTable
from harness.config.plan import Plan
from harness.datasets.base import Dtype
from harness.environments import DEFAULT, Environment
from harness.errors import LinbenchError

PLAIN = re.compile(r"[^,=\[\]\"\x00-\x1f]+")
"""An option's text that no other option's can be taken for; any other is quoted, so that no two cases share an id."""


@dataclass(frozen=True)
class Component:
    """A dataset or backend with its options, as a suite configured it."""

    name: str
    """The file's name."""
    instance: Any
    called: str = ""
    """What readers are told instead of the identity; empty where that will do."""

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """The options that are not the defaults, by name."""
        defaults = type(self.instance).defaults()
        told = [each for each in fields(self.instance) if each.metadata.get("told", True)]
        values = {each.name: getattr(self.instance, each.name) for each in told}
        return {name: value for name, value in values.items() if name not in defaults or value != defaults[name]}

    @property
    def options(self) -> dict[str, Any]:
        """Every option by name, tuples as lists, as JSON has them."""
        values = {each.name: getattr(self.instance, each.name) for each in fields(self.instance)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @property
    def label(self) -> str:
        """What readers are told it is."""
        return self.called or self.identity

    @cached_property
    def identity(self) -> str:
        """The name with the options that are not the defaults: the same however a suite spells or calls them."""
        return with_options(self.name, self.chosen)

    def changed(self, **options: Any) -> "Component":
        """The same with other values of some options; a name of its own says which, as an identity does."""
        called, seam = with_options(self.called, options) if self.called else "", len(self.called)
        if called[seam - 1 : seam + 1] == "][":
            called = f"{called[: seam - 1]},{called[seam + 1 :]}"
        return Component(self.name, replace(self.instance, **options), called)


def with_options(name: str, options: Mapping[str, Any]) -> str:
    """A name with options in brackets, where there are any."""
    told = [f"{option}={_brief(value)}" for option, value in options.items()]
    return f"{name}[{','.join(told)}]" if told else name


def _brief(value: object) -> str:
    if isinstance(value, tuple):
        return "+".join(_quoted(str(each)) if "+" in str(each) else _brief(each) for each in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and float(f"{value:g}") == value:
        return f"{value:g}"
    return str(value) if PLAIN.fullmatch(str(value)) else _quoted(str(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@dataclass(frozen=True, kw_only=True)
class CaseKey:
    """What a case is, as a run file's first line has it; all that reports ever know of it."""

    id: Annotated[str, Field(alias="case")]
    """What it is called; ``case`` in JSON."""
    dataset: str
    """The file's name; ``backend`` likewise."""
    dataset_label: str
    """What readers are told it is; ``backend_label`` likewise."""
    dataset_options: Mapping[str, Any]
    """Every option with its value; ``options`` are the backend's."""
    backend: str
    backend_label: str
    options: Mapping[str, Any]
    device: Device
    dtype: Dtype
    environment: str = DEFAULT

    @property
    def told(self) -> str:
        """The case by the labels that readers see."""
        return case_id(self.dataset_label, self.backend_label, self.device, self.dtype, self.environment)

    @property
    def on_its_dataset(self) -> str:
        """What tells it from all other cases of its dataset: the id without the dataset."""
        return case_id("", self.backend_label, self.device, self.dtype, self.environment)[1:]


def case_id(dataset_label: str, backend_label: str, device: str, dtype: str, environment: str = DEFAULT) -> str:
    """What a case is called everywhere: stable across runs and machines."""
    tail = "" if environment == DEFAULT else f"/{environment}"
    return f"{dataset_label}/{backend_label}/{device}/{dtype}{tail}"


@dataclass(frozen=True)
class Case:
    """A backend on a dataset, on a device, in a precision, in an environment: what is measured, one row of a table."""

    dataset: Component
    backend: Component
    device: Device
    dtype: Dtype
    environment: str = DEFAULT

    @cached_property
    def id(self) -> str:
        """What the case is called; see `case_id`."""
        return case_id(self.dataset.identity, self.backend.identity, self.device, self.dtype, self.environment)

    @property
    def told(self) -> str:
        """As `CaseKey.told`."""
        return case_id(self.dataset.label, self.backend.label, self.device, self.dtype, self.environment)

    @property
    def spoken(self) -> str:
        """As a sentence calls it: the backend on the dataset, and where, unless that goes without saying."""
        usual = {"cpu", "float64", DEFAULT}
        places = [each for each in (self.device, self.dtype, self.environment) if each not in usual]
        return " ".join([self.backend.label, *places, "on", self.dataset.label])

    @cached_property
    def key(self) -> CaseKey:
        """The case as a run file has it."""
        return CaseKey(
            id=self.id,
            dataset=self.dataset.name,
            dataset_label=self.dataset.label,
            dataset_options=self.dataset.options,
            backend=self.backend.name,
            backend_label=self.backend.label,
            options=self.backend.options,
            device=self.device,
            dtype=self.dtype,
            environment=self.environment,
        )


@dataclass(frozen=True)
class Suite:
    """A suite that has been checked."""

    name: str
    description: str
    path: Path
    plan: Plan
    cases: tuple[Case, ...]
    """In the order of the file, dataset by dataset; no two are the same."""
    environments: tuple[Environment, ...] = ()
    """Those that cases run in beside the one linbench itself runs in."""
    repeated: tuple[str, ...] = ()
    """Ids of cases that the file has more than once; they are measured once."""
    gate: tuple[GateTable, ...] = ()
    """Which slowdowns warn and which fail; the last that matches a case holds for it."""
    cluster: Cluster = field(default_factory=Cluster)
    """The hosts to start, where it is measured on several."""

    @property
    def used_environments(self) -> tuple[Environment, ...]:
        """The environments that some case runs in."""
        used = {case.environment for case in self.cases}
        return tuple(each for each in self.environments if each.name in used)


def case_of(key: CaseKey) -> Case:
    """The case that a run file recorded, made again.

    Raises
    ------
    LinbenchError
        When its backend or dataset is no longer there, or no longer takes its options.
    """

    def component(name: str, find: Callable[[str], type[Options]], options: Mapping[str, Any], label: str) -> Component:
        given = {each: tuple(value) if isinstance(value, list) else value for each, value in options.items()}
        try:
            found = Component(name, find(name)(**given))
        except (TypeError, ValueError) as error:
            raise LinbenchError(f"{key.id}: {name} no longer takes these options: {error}") from error
        return found if found.identity == label else replace(found, called=label)

    return Case(
        component(key.dataset, dataset_class, key.dataset_options, key.dataset_label),
        component(key.backend, backend_class, key.options, key.backend_label),
        key.device,
        key.dtype,
        key.environment,
    )
