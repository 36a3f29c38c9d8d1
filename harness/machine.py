"""The fingerprint of this machine, and what of it two runs must share to be compared in seconds."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from harness.timing import CONTROL, PROTOCOL

__all__ = ["about", "cache_folder", "commit", "fingerprint", "installed_version", "thread_environment"]

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
    """The environment that gives every pool the same number of threads; to be set before anything is imported."""
    pools = {name: str(threads) for name in _POOLS}
    eigen = "true" if threads > 1 else "false"
    return {**pools, "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={eigen} intra_op_parallelism_threads={threads}"}


@cache
def fingerprint() -> dict[str, Any]:
    """What this machine is: processor, cores, memory, system, and a short id made of them."""
    facts = {
        "cpu": _cpu_model(),
        "cores": os.cpu_count() or 1,
        "memory_bytes": psutil.virtual_memory().total,
        "system": platform.system(),
        "release": platform.release(),
        "architecture": platform.machine(),
    }
    lasting = {key: facts[key] for key in ("cpu", "cores", "system", "architecture")}
    digest = hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()
    return {"id": digest[:12], **facts}


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
    """Where exact answers and environments are kept: ``$LINBENCH_CACHE``, else the user's cache folder."""
    own = os.environ.get("LINBENCH_CACHE")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "linbench"


def about(folder: Path) -> dict[str, Any]:
    """What a run file says of where and how it was made: the machine, the repository's commit, how times are taken."""
    return {"machine": fingerprint(), "commit": commit(folder), "control": CONTROL, "protocol": PROTOCOL}


def commit(folder: Path) -> dict[str, Any] | None:
    """The commit a folder's repository is at and whether it has changes; None outside a repository."""
    try:
        said = [
            subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, timeout=5, check=True).stdout  # noqa: S603, S607 - git, with fixed words
            for words in (["log", "-1", "--format=%H%n%cI"], ["status", "--porcelain", "--untracked-files=no"])
        ]
    except (OSError, subprocess.SubprocessError):
        return None
    identity, when = said[0].split()
    return {"id": identity, "time": when, "dirty": bool(said[1].strip())}
