"""A worker's set-up of its own process, and its readings of memory."""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Collection
from pathlib import Path
from typing import IO

HEX = frozenset("0123456789abcdef")

MMAP_THRESHOLD = 32 * 2**20
"""Bytes from which a block is mapped on its own, and returned to the system when freed: the most that glibc's own
adjustment reaches."""


def die_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when its parent dies; elsewhere it ends when standard input closes."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def fix_allocator_thresholds() -> None:
    """Fix the thresholds up to which glibc keeps freed memory, at the most it would reach by itself.

    By default glibc raises them to the largest block freed so far. A fit whose work space is returned to the system
    after every call, and comes back page by page, then takes twice as long as the same fit after a larger one. So a
    case's time would depend on the cases before it.
    """
    m_trim_threshold, m_mmap_threshold = -1, -3
    with contextlib.suppress(OSError, AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(m_mmap_threshold, MMAP_THRESHOLD)
        mallopt(m_trim_threshold, 2 * MMAP_THRESHOLD)


def release_free_memory() -> None:
    """Return freed memory to the system, so that memory left by an earlier case does not hide a case's own need."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def claim_pipes() -> tuple[IO[str], IO[str]]:
    """Keep both pipes for the protocol: libraries print to standard error, and read an empty standard input."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


def limit_memory(limit: int | None) -> None:
    """Make allocations beyond ``limit`` bytes fail; None sets no limit."""
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _status_bytes(key: str) -> int | None:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith(key):
                return int(line.split()[1]) * 1024
    return None


def resident_memory() -> int:
    """Resident bytes now; 0 where the system does not say."""
    return _status_bytes("VmRSS") or 0


def reset_peak_memory() -> int | None:
    """Reset the peak to the present resident memory, and return that; None where the system cannot."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return None
    return _status_bytes("VmRSS")


def peak_memory() -> int | None:
    """The most resident bytes since `reset_peak_memory`; None where the system does not say."""
    return _status_bytes("VmHWM")


def resident_of(files: Collection[str]) -> int:
    """Bytes of these files that are mapped and in memory now; 0 where the system does not say."""
    found, ours = 0, False
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/smaps").read_text(encoding="utf-8", errors="surrogateescape").splitlines():
            if line[:1] in HEX:  # a mapping's header: addresses, permissions, offset, device, inode, path
                ours = line.split(maxsplit=5)[5:] != [] and line.split(maxsplit=5)[5] in files
            elif ours and line.startswith("Rss:"):
                found += int(line.split()[1]) * 1024
    return found
