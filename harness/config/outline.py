"""The outline of a suite file: its tables, before backends and datasets check their own."""

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
    """Where cases run. A backend's table may have these keys in place of the suite's."""

    devices: list[Device] = Field(default=["cpu"], min_length=1)
    dtypes: list[Dtype] = Field(default=["float64"], min_length=1)
    environments: list[str] = Field(default=[DEFAULT], min_length=1)


class Precisions(Checked):
    """What a dataset's table may have in place of the suite's."""

    dtypes: list[Dtype] = Field(default=["float64"], min_length=1)


class EnvironmentTable(Checked):
    """An environment; creating it checks the values."""

    name: str
    requires: list[str] = Field(default=[])
    python: str | None = None


class Outline(Where):
    """The whole file; datasets and backends check the contents of their tables."""

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
        """The environments of backends that name none: the suite's, if it names some, else every one."""
        if "environments" in self.model_fields_set:
            return self.environments
        return [each.name for each in self.environment] or [DEFAULT]


class Placed(NamedTuple):
    """A backend, and where it runs."""

    component: Component
    devices: Sequence[Device]
    dtypes: Sequence[Dtype]
    environments: Sequence[str]
    own_dtypes: bool

    def count(self, datasets: Sequence[Dtype]) -> int:
        """The number of `places`."""
        return sum(1 for _ in self.places(datasets))

    def places(self, datasets: Sequence[Dtype]) -> Iterator[tuple[Device, Dtype, str]]:
        """The devices, precisions and environments for a dataset that names these precisions, or none.

        A dataset's precisions take precedence over the suite's; if the backend names some too, both must.
        """
        dtypes = self.dtypes
        if datasets:
            dtypes = [each for each in dtypes if each in datasets] if self.own_dtypes else datasets
        devices = [each for each in self.devices if each in self.component.instance.devices]
        yield from itertools.product(devices, dtypes, self.environments)
