"""What a worker does to its own process before it measures, and what it reads of it."""

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

LARGEST_KEPT = 32 * 2**20
"""Bytes of the largest block whose memory is kept when it is freed: where glibc's own adjustment ends."""


def die_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when its parent dies; elsewhere it ends when standard input does."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def settle_allocator() -> None:
    """Make glibc keep freed memory as it does in a process that has once freed a large block.

    Left alone it raises its thresholds with the largest block freed so far: a fit that returns its work space to the
    system at every call, and takes it back page by page, is half as fast as the same fit after a larger one. Which
    cases a worker measured before would then decide a case's time, by a factor of two here.
    """
    m_trim_threshold, m_mmap_threshold = -1, -3
    with contextlib.suppress(OSError, AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(m_mmap_threshold, LARGEST_KEPT)
        mallopt(m_trim_threshold, 2 * LARGEST_KEPT)


def release_free_memory() -> None:
    """Give freed memory back to the system, so that what a case needs is not hidden in what an earlier one left."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def claim_pipes() -> tuple[IO[str], IO[str]]:
    """Keep both pipes for the protocol; whatever a library prints goes to standard error, what it reads is empty."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


def limit_memory(limit: int | None) -> None:
    """Let allocations beyond so many bytes fail; with None, no limit is set."""
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _status_bytes(key: str) -> int | None:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith(key):
                return int(line.split()[1]) * 1024
    return None


def resident_memory() -> int:
    """Bytes of memory in use now; 0 where the system does not say."""
    return _status_bytes("VmRSS") or 0


def reset_peak_memory() -> int | None:
    """Set the peak of resident memory back to the present; None where the system has no such thing."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return None
    return _status_bytes("VmRSS")


def peak_memory() -> int | None:
    """The most bytes in use since `reset_peak_memory`."""
    return _status_bytes("VmHWM")


def resident_of(files: Collection[str]) -> int:
    """Bytes of these files that are mapped and in memory now; 0 where the system does not say."""
    found, ours = 0, False
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/smaps").read_text(encoding="utf-8", errors="surrogateescape").splitlines():
            if line[:1] in HEX:  # the head of a mapping: addresses, rights, offset, device, inode, path
                ours = line.split(maxsplit=5)[5:] != [] and line.split(maxsplit=5)[5] in files
            elif ours and line.startswith("Rss:"):
                found += int(line.split()[1]) * 1024
    return found
