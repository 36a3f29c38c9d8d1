"""The `[cluster]` of a suite: the hosts that ``linbench run --on`` starts."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from harness.config.plan import Checked, parse_bytes


class Cluster(Checked):
    """Hosts to start. Nothing here affects how they measure, so a run may be resumed elsewhere."""

    workers: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Number of hosts: processes on this machine with separate processors, or jobs of a batch system."""
    cores: Annotated[int, Field(ge=1, le=4096)] = 1
    """Processors per job; this and all below is for batch systems only."""
    memory: Annotated[int, BeforeValidator(parse_bytes), Field(ge=2**20, le=2**60)] = 16 * 2**30
    """Bytes of memory per job; in a file also text such as "16 GiB"."""
    walltime: Annotated[str, Field(pattern=r"^[0-9:-]{1,20}$")] = "01:00:00"
    """Time limit of a job, in the batch system's notation."""
    queue: str | None = None
    """The batch system's queue or partition."""
    account: str | None = None
    """The account to charge."""
    interface: str | None = None
    """The network interface between hosts and parent, such as "ib0"."""
    directives: list[str] = Field(default=[])
    """Further options of the batch system, such as "--exclusive"."""
    prologue: list[str] = Field(default=[])
    """Shell commands at the start of a job, such as "module load python"."""
    wait: Annotated[float, Field(gt=0, le=1e7, allow_inf_nan=False)] = 3600
    """Seconds to wait for a host while there is none."""
