"""The outline of a suite file: its tables before they are checked against the backends and datasets they name."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from backends.base import Device
from harness.config.cases import Component
from harness.config.cluster import Cluster
from harness.config.gate import GateTable
from harness.config.plan import Checked, Plan
from harness.datasets.base import Dtype
from harness.environments import DEFAULT
from harness.messages import NAME


class Where(Checked):
    """Where cases run; in a backend's own table, what it has in place of the suite's."""

    devices: list[Device] = Field(default=["cpu"], min_length=1)
    dtypes: list[Dtype] = Field(default=["float64"], min_length=1)
    environments: list[str] = Field(default=[DEFAULT], min_length=1)


class Precisions(Checked):
    """What a dataset's own table may have in place of the suite's."""

    dtypes: list[Dtype] = Field(default=["float64"], min_length=1)


class EnvironmentTable(Checked):
    """An environment; what its values may be is checked when it is made of them."""

    name: str
    requires: list[str] = Field(default=[])
    python: str | None = None


class Outline(Where):
    """The file's outline; what is inside the tables is checked against their backend or dataset."""

    name: Annotated[str, Field(pattern=NAME, max_length=100)]
    description: str = ""
    plan: Plan = Plan()
    cluster: Cluster = Cluster()
    environment: list[EnvironmentTable] = Field(default=[])
    gate: list[GateTable] = Field(default=[])
    dataset: Annotated[list[dict[str, Any]], Field(min_length=1)]
    backend: Annotated[list[dict[str, Any]], Field(min_length=1)]

    @property
    def everywhere(self) -> list[str]:
        """Where a backend runs that does not say: in every environment that there is, but for what the suite says."""
        if "environments" in self.model_fields_set:
            return self.environments
        return [each.name for each in self.environment] or [DEFAULT]


class Placed(NamedTuple):
    """A backend and where it runs."""

    component: Component
    devices: Sequence[Device]
    dtypes: Sequence[Dtype]
    environments: Sequence[str]
    own_dtypes: bool

    def count(self, datasets: Sequence[Dtype]) -> int:
        """How many `wheres` there are."""
        return sum(1 for _ in self.wheres(datasets))

    def wheres(self, datasets: Sequence[Dtype]) -> Iterator[tuple[Device, Dtype, str]]:
        """Where it runs on a dataset that names these precisions, or none.

        A dataset's precisions go before the suite's; beside a backend's own, those that both name are left.
        """
        dtypes = self.dtypes
        if datasets:
            dtypes = [each for each in dtypes if each in datasets] if self.own_dtypes else datasets
        devices = [each for each in self.devices if each in self.component.instance.devices]
        yield from itertools.product(devices, dtypes, self.environments)
