"""The places of ``--on``: a cluster started here, one that runs already, or jobs of a batch system."""

import os
import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import Any, NamedTuple

from harness.cluster.pool import Pool
from harness.cluster.protocol import Inquiry
from harness.cluster.slurm import Jobs, check_job
from harness.config.cluster import Cluster
from harness.errors import ClusterError, UsageError

ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx)://\S+")

SETTINGS = {
    "distributed.worker.profile.enabled": False,  # it samples the worker's threads a hundred times per second
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,  # the harness enforces the plan's limit itself
}
"""Dask settings of workers started here."""


def check_place(place: str) -> str:
    """The argument of ``--on``, if it is valid.

    Raises
    ------
    UsageError
        When it is not a place, or needs a library that is not installed.
    """
    if place not in STARTED and not ADDRESS.fullmatch(place):
        raise UsageError(f"--on: got {place!r}, wanted {', '.join(STARTED)}, or a scheduler's address: tcp://HOST:8786")
    needed = {"slurm": ("distributed", "dask_jobqueue")}.get(place, ("distributed",))
    if any(find_spec(name) is None for name in needed):
        extra = "slurm" if place == "slurm" else "dask"
        raise UsageError(f"--on {place} needs {' and '.join(needed)}; pip install 'linbench[{extra}]'")
    return place


@contextmanager
def pool_at(place: str, options: Cluster, inquiry: Inquiry) -> Iterator[Pool]:
    """The hosts of a place, within the context.

    Parameters
    ----------
    place : str
        See `check_place`.
    options : Cluster
        The suite's ``[cluster]``.
    inquiry : Inquiry
        Sent to hosts when they join.

    Raises
    ------
    ClusterError
        When it cannot be reached or started.
    """
    import dask
    from distributed import Client

    from harness.cluster.dask_pool import CONNECT, DaskPool, quiet

    check_place(place)
    quiet()
    with dask.config.set(SETTINGS):
        started = STARTED[place](options) if place in STARTED else _Started()
        try:
            client = Client(started.cluster or place, timeout=CONNECT, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            why = str(error).partition("\n")[0] or type(error).__name__
            raise ClusterError(f"--on {place}: no scheduler answers there: {why}") from error
        pool = DaskPool(
            place, client, inquiry, wait=options.wait, cores=started.cores, started=started.cluster, jobs=started.jobs
        )
        with ExitStack() as ending:
            ending.push(lambda kind, *_: pool.close(interrupted=kind is not None))
            yield pool


class _Started(NamedTuple):
    """A cluster started here, for `harness.cluster.dask_pool.DaskPool`."""

    cluster: Any = None
    cores: Mapping[str, tuple[int, ...]] | None = None
    jobs: Jobs | None = None


def _local(options: Cluster) -> _Started:
    """Worker processes on this machine, each with its own processors."""
    from distributed import LocalCluster

    there = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [*range(os.cpu_count() or 1)]
    share = len(there) // options.workers
    if not share:
        raise UsageError(
            f"[cluster] workers: got {options.workers}, wanted at most the {len(there)} processors that are here"
        )
    cores = {str(i): tuple(there[i * share : (i + 1) * share]) for i in range(options.workers)}
    cluster = LocalCluster(
        n_workers=options.workers,
        threads_per_worker=1,
        processes=True,
        memory_limit=0,
        resources={"slot": 1},
        dashboard_address="127.0.0.1:0",  # cannot be disabled; the default port may be taken
        silence_logs=50,
    )
    return _Started(cluster, cores if options.workers > 1 else dict.fromkeys(cores, ()))


def _slurm(options: Cluster) -> _Started:
    """Slurm jobs, one per host."""
    cluster = slurm_cluster_class()(
        cores=1,
        processes=1,
        job_cpu=options.cores,
        memory=f"{options.memory}B",
        walltime=options.walltime,
        queue=options.queue,
        account=options.account,
        interface=options.interface,
        job_extra_directives=options.directives,
        job_script_prologue=[*options.prologue, *_variables()],
        worker_extra_args=["--resources", "slot=1", "--memory-limit", "0"],
        scheduler_options={"dashboard_address": ":0"},
        silence_logs="critical",
    )
    try:
        check_job(cluster.job_script())
    except BaseException:
        cluster.close()
        raise
    cluster.scale(options.workers)

    def ids() -> dict[str, str]:
        return {str(name): str(job.job_id) for name, job in [*cluster.workers.items()] if job.job_id}

    return _Started(cluster, jobs=Jobs(ids))


def slurm_cluster_class() -> Any:
    """dask-jobqueue's class, imported without its handler, by which Ctrl-C would end the program with success."""
    interrupt = signal.getsignal(signal.SIGINT)
    from dask_jobqueue import SLURMCluster

    signal.signal(signal.SIGINT, interrupt)
    return SLURMCluster


def _variables() -> list[str]:
    """The settings as shell exports."""
    return [f"export DASK_{name.upper().replace('.', '__')}={value}" for name, value in SETTINGS.items()]


STARTED = {"dask": _local, "slurm": _slurm}
"""Places whose hosts are started here and end with the run."""
