"""The `[cluster]` of a suite: the hosts that ``linbench run --on`` starts."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from harness.config.plan import Checked, parse_bytes


class Cluster(Checked):
    """Hosts to start. It says nothing of how they measure, so that a run may go on elsewhere."""

    workers: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Hosts: processes on this machine, each with processors of its own, or jobs of a batch system."""
    cores: Annotated[int, Field(ge=1, le=4096)] = 1
    """Processors of a job; this and what follows is for a batch system alone."""
    memory: Annotated[int, BeforeValidator(parse_bytes), Field(ge=2**20, le=2**60)] = 16 * 2**30
    """Bytes of a job; in a file also text such as "16 GiB"."""
    walltime: Annotated[str, Field(pattern=r"^[0-9:-]{1,20}$")] = "01:00:00"
    """How long a job may last, as the batch system writes it."""
    queue: str | None = None
    """The batch system's queue or partition."""
    account: str | None = None
    """Whose budget is charged."""
    interface: str | None = None
    """The network interface that hosts and parent talk over, "ib0" say."""
    directives: list[str] = Field(default=[])
    """Further options of the batch system, "--exclusive" say."""
    prologue: list[str] = Field(default=[])
    """Lines of shell that a job begins with, "module load python" say."""
    wait: Annotated[float, Field(gt=0, le=1e7, allow_inf_nan=False)] = 3600
    """Seconds to wait while there is no host at all."""
