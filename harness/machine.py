"""The machine and the repository, as a run file records them."""

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from harness.errors import LinbenchError
from harness.git import git
from harness.units import count_text, rate_text

_POOLS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
    "NPROC",  # XLA's, on the CPU
)


def thread_environment(threads: int) -> dict[str, str]:
    """Environment variables that give every thread pool so many threads; set them before any import."""
    pools = {name: str(threads) for name in _POOLS}
    eigen = "true" if threads > 1 else "false"
    return {**pools, "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={eigen} intra_op_parallelism_threads={threads}"}


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine."""

    id: str = ""
    """A short digest of permanent properties: processor, cores, system, architecture. Empty where unknown."""
    cpu: str = ""
    """The processor's name."""
    cores: int | None = None
    memory_bytes: int | None = None
    system: str = ""
    release: str = ""
    architecture: str = ""
    """``system`` to ``architecture``: as in `platform`."""


@dataclass(frozen=True, kw_only=True)
class Host:
    """One of the machines that a run was measured on."""

    machine: Machine
    node: str = ""
    """Distinguishes identical machines within a run. It is a digest with the run's id, not a name, so it cannot be
    compared across runs."""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit of the repository, and whether its checkout had changes. ``time`` is ISO 8601, with its offset."""

    id: str
    time: str | None = None
    dirty: bool = False


@dataclass(frozen=True, kw_only=True)
class Roof:
    """The peak rates of the machine's processors: the limits of the roofline model, see `harness.worker.roof`."""

    threads: int
    """Number of threads in the measurement."""
    flops_per_second: Mapping[str, float]
    """Of a matrix product, by dtype."""
    bytes_per_second: float
    """To and from main memory."""

    def at(self, intensity: float, dtype: str) -> float | None:
        """The most operations per second at so many operations per byte; None for a dtype that was not measured."""
        peak = self.flops_per_second.get(dtype)
        return peak and min(peak, intensity * self.bytes_per_second)

    def text(self) -> str:
        """``110 GFLOP/s in float32, 47.5 GFLOP/s in float64, 23.1 GB/s from memory, with 1 thread``."""
        flops = [f"{rate_text(each, 'FLOP/s')} in {name}" for name, each in self.flops_per_second.items()]
        memory = f"{rate_text(self.bytes_per_second, 'B/s')} from memory"
        return ", ".join([*flops, memory, f"with {count_text(self.threads, 'thread')}"])


def load_averages() -> tuple[float, ...]:
    """Load averages over the last 1, 5 and 15 minutes."""
    return tuple(round(each, 2) for each in psutil.getloadavg())


@cache
def this_machine() -> Machine:
    """The properties of this machine."""
    facts = Machine(
        cpu=_cpu_model(),
        cores=os.cpu_count() or 1,
        memory_bytes=psutil.virtual_memory().total,
        system=platform.system(),
        release=platform.release(),
        architecture=platform.machine(),
    )
    lasting = {key: getattr(facts, key) for key in ("cpu", "cores", "system", "architecture")}
    digest = hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()
    return Machine(**{**asdict(facts), "id": digest[:12]})


def this_host(run: str) -> Host:
    """The host record of this machine in the run with this id."""
    return Host(machine=this_machine(), node=hashlib.sha256(f"{run} {platform.node()}".encode()).hexdigest()[:8])


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def installed_version(distribution: str) -> str | None:
    """The version of an installed distribution, without importing it."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def cache_folder() -> Path:
    """The folder for exact answers and environments: ``$LINBENCH_CACHE``, else in the user's cache folder."""
    own = os.environ.get("LINBENCH_CACHE")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "linbench"


def commit_of(folder: Path) -> Commit | None:
    """The commit checked out in a folder's repository; None outside of one, or where git fails."""
    try:
        log = git(folder, "log", "-1", "--format=%H%n%cI", timeout=5)
        status = git(folder, "status", "--porcelain", "--untracked-files=no", timeout=5)
    except LinbenchError:
        return None
    if log.returncode or status.returncode:
        return None
    identity, when = log.stdout.split()
    return Commit(id=identity, time=when, dirty=bool(status.stdout.strip()))
