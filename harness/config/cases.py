"""A checked suite: its cases and their names."""

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
"""Text of an option that is unambiguous without quotes; other text is quoted, so that no two cases share an id."""


@dataclass(frozen=True)
class Component:
    """A dataset or backend with its options, as a suite configured it."""

    name: str
    """The file's name."""
    instance: Any
    called: str = ""
    """The name to show instead of the identity; empty to show the identity."""

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """The options that are not the defaults, by name."""
        defaults = type(self.instance).defaults()
        options = [each for each in fields(self.instance) if not each.metadata.get("internal")]
        values = {each.name: getattr(self.instance, each.name) for each in options}
        return {name: value for name, value in values.items() if name not in defaults or value != defaults[name]}

    @property
    def options(self) -> dict[str, Any]:
        """Every option by name; tuples become lists, as in JSON."""
        values = {each.name: getattr(self.instance, each.name) for each in fields(self.instance)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @property
    def label(self) -> str:
        """The name to show."""
        return self.called or self.identity

    @cached_property
    def identity(self) -> str:
        """The name with its non-default options: the same however a suite spells or names them."""
        return with_options(self.name, self.chosen)

    def changed(self, **options: Any) -> "Component":
        """The same with other values of some options, which are added to its given name, if any."""
        called, seam = with_options(self.called, options) if self.called else "", len(self.called)
        if called[seam - 1 : seam + 1] == "][":
            called = f"{called[: seam - 1]},{called[seam + 1 :]}"
        return Component(self.name, replace(self.instance, **options), called)


def with_options(name: str, options: Mapping[str, Any]) -> str:
    """A name with options in brackets, where there are any."""
    shown = [f"{option}={_brief(value)}" for option, value in options.items()]
    return f"{name}[{','.join(shown)}]" if shown else name


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
    """The description of a case in a run file's first line; reports know nothing else of it."""

    id: Annotated[str, Field(alias="case")]
    """The case's id; ``case`` in JSON."""
    dataset: str
    """The file name of the dataset; ``backend`` likewise."""
    dataset_label: str
    """The name to show; ``backend_label`` likewise."""
    dataset_options: Mapping[str, Any]
    """Every option with its value; ``options`` likewise, for the backend."""
    backend: str
    backend_label: str
    options: Mapping[str, Any]
    device: Device
    dtype: Dtype
    environment: str = DEFAULT

    @property
    def label(self) -> str:
        """The id made of the labels that readers see."""
        return case_id(self.dataset_label, self.backend_label, self.device, self.dtype, self.environment)

    @property
    def on_its_dataset(self) -> str:
        """The id without the dataset, which tells it from the dataset's other cases."""
        return case_id("", self.backend_label, self.device, self.dtype, self.environment)[1:]


def case_id(dataset_label: str, backend_label: str, device: str, dtype: str, environment: str = DEFAULT) -> str:
    """The id of a case: the same in all runs and on all machines."""
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
        """The case's id; see `case_id`."""
        return case_id(self.dataset.identity, self.backend.identity, self.device, self.dtype, self.environment)

    @property
    def label(self) -> str:
        """As `CaseKey.label`."""
        return case_id(self.dataset.label, self.backend.label, self.device, self.dtype, self.environment)

    @property
    def description(self) -> str:
        """For use in a sentence: the backend, anything unusual about where it runs, "on" the dataset."""
        usual = {"cpu", "float64", DEFAULT}
        places = [each for each in (self.device, self.dtype, self.environment) if each not in usual]
        return " ".join([self.backend.label, *places, "on", self.dataset.label])

    @cached_property
    def key(self) -> CaseKey:
        """The case's description in a run file."""
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
    """Environments beside the one that linbench itself runs in."""
    repeated: tuple[str, ...] = ()
    """Ids of cases that are in the file more than once; they are measured once."""
    gate: tuple[GateTable, ...] = ()
    """Which slowdowns warn and which fail; the last table that matches a case applies."""
    cluster: Cluster = field(default_factory=Cluster)
    """The hosts to start, for measuring on several."""

    @property
    def used_environments(self) -> tuple[Environment, ...]:
        """The environments that at least one case runs in."""
        used = {case.environment for case in self.cases}
        return tuple(each for each in self.environments if each.name in used)


def case_of(key: CaseKey) -> Case:
    """Recreate a case from its description in a run file.

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
