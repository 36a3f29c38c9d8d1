"""A checked suite: its cases, and what each one is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

from backends.base import Device, Options
from harness.catalog import backend_class, dataset_class
from harness.config.plan import Plan
from harness.datasets.base import Dtype
from harness.environments import Environment
from harness.errors import LinbenchError

__all__ = ["Case", "Chosen", "Suite", "case_from_record", "narrowed"]


@dataclass(frozen=True)
class Chosen:
    """A dataset or backend with its options, as a suite chose it.

    Attributes
    ----------
    name : str
        The file's name.
    what : Dataset or Backend
    """

    name: str
    what: Any

    @property
    def options(self) -> dict[str, Any]:
        """Every option by name, tuples as lists, as JSON has them."""
        return {
            each.name: list(value) if isinstance(value := getattr(self.what, each.name), tuple) else value
            for each in fields(self.what)
        }

    @cached_property
    def label(self) -> str:
        """The name with the options that are not the defaults: the same however a suite spells them."""
        defaults = type(self.what).defaults()
        chosen = {each.name: getattr(self.what, each.name) for each in fields(self.what)}
        told = [
            f"{name}={_brief(value)}"
            for name, value in chosen.items()
            if name not in defaults or value != defaults[name]
        ]
        return f"{self.name}[{','.join(told)}]" if told else self.name


def _brief(value: object) -> str:
    if isinstance(value, tuple):
        return "+".join(map(str, value))
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


@dataclass(frozen=True)
class Case:
    """One cell of the table: a backend on a dataset, on a device, in a precision, in an environment."""

    dataset: Chosen
    backend: Chosen
    device: Device
    dtype: Dtype
    environment: str = "default"

    @cached_property
    def id(self) -> str:
        """What the case is called everywhere: stable across runs and machines."""
        tail = "" if self.environment == "default" else f"/{self.environment}"
        return f"{self.dataset.label}/{self.backend.label}/{self.device}/{self.dtype}{tail}"

    def record(self) -> dict[str, Any]:
        """The case as a run file's first line has it."""
        return {
            "case": self.id,
            "dataset": self.dataset.name,
            "dataset_label": self.dataset.label,
            "dataset_options": self.dataset.options,
            "backend": self.backend.name,
            "backend_label": self.backend.label,
            "options": self.backend.options,
            "device": self.device,
            "dtype": self.dtype,
            "environment": self.environment,
        }


@dataclass(frozen=True)
class Suite:
    """A suite that has been checked.

    Attributes
    ----------
    name : str
    description : str
    path : Path
    plan : Plan
    cases : tuple of Case
        In the order of the file, dataset by dataset; no two are the same.
    environments : tuple of Environment
        Those that cases run in beside the one linbench itself runs in.
    """

    name: str
    description: str
    path: Path
    plan: Plan
    cases: tuple[Case, ...]
    environments: tuple[Environment, ...] = ()

    @property
    def used_environments(self) -> tuple[Environment, ...]:
        """The environments that some case runs in."""
        used = {case.environment for case in self.cases}
        return tuple(each for each in self.environments if each.name in used)

    def record(self) -> dict[str, Any]:
        """What a resumed run must share with the one it goes on from."""
        return {
            "suite": self.name,
            "plan": self.plan.model_dump(),
            "environments": [each.record() for each in self.environments],
            "cases": [case.record() for case in self.cases],
        }


def case_from_record(record: Mapping[str, Any]) -> Case:
    """The case that `Case.record` told of, made again.

    Raises
    ------
    LinbenchError
        When its backend or dataset is no longer there, or no longer takes its options.
    """

    def chosen(kind: str, find: Callable[[str], type[Options]], options: Mapping[str, Any]) -> Chosen:
        name = record[kind]
        given = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
        try:
            return Chosen(name, find(name)(**given))
        except (TypeError, ValueError) as error:
            raise LinbenchError(f"{record['case']}: {name} no longer takes these options: {error}") from error

    return Case(
        chosen("dataset", dataset_class, record["dataset_options"]),
        chosen("backend", backend_class, record["options"]),
        record["device"],
        record["dtype"],
        record["environment"],
    )


def narrowed(suite: Suite, *, only: str = "", rounds: int | None = None, threads: int | None = None) -> Suite:
    """The suite with some of its cases and another plan.

    Parameters
    ----------
    suite : Suite
    only : str
        Keep the cases in whose id this pattern is found; ``*`` and ``?`` match as in file names.
    rounds, threads : int or None
        In place of the plan's.
    """
    given = {key: value for key, value in (("rounds", rounds), ("threads", threads)) if value is not None}
    pattern = f"*{only.replace('[', '[[]')}*"
    cases = tuple(case for case in suite.cases if fnmatchcase(case.id, pattern))
    return replace(suite, plan=suite.plan.model_copy(update=given), cases=cases)
