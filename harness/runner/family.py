"""A child process and all its descendants, even those that left its session, and the memory they hold together."""

import contextlib
import os
import secrets
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

MARKER = "LINBENCH_FAMILY"
"""The environment variable that marks a descendant, even one that left its parent's session."""

SCAN_EVERY = 1.0
"""Seconds between scans for new members: a scan of all processes takes milliseconds."""

ENDING_SCANS = 20
"""Scans at most for surviving members while they are being killed."""


class Family:
    """A child process and its descendants.

    Attributes
    ----------
    token : str
        To be put into the child's environment as `MARKER`, from which its descendants inherit it.
    """

    def __init__(self) -> None:
        self.token = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._head: psutil.Process | None = None
        self._members: list[psutil.Process] = []
        self._scanned = 0.0

    def begin(self, pid: int) -> None:
        """Start tracking: the child is the head of the family."""
        with contextlib.suppress(psutil.Error):
            self._head = psutil.Process(pid)
            self._members = [self._head]
        self._scanned = time.monotonic()

    def memory(self, limit: int) -> int:
        """Bytes that the family holds, exact only where it may exceed the limit.

        Resident memory is read first: it is quick, but counts a shared page in every process. Only where that exceeds
        the limit is each shared page counted once, and pages of files are left out: they are the system's cache.
        """
        if time.monotonic() - self._scanned > SCAN_EVERY:
            self._scan()
        quick = sum(_resident(each.pid) for each in self._members)
        return quick if quick <= limit else sum(_own(each.pid) for each in self._members)

    def end(self) -> None:
        """Kill every member, and scan again until none is left."""
        if self._head is not None:
            with contextlib.suppress(OSError):
                os.killpg(self._head.pid, signal.SIGKILL)
        for _ in range(ENDING_SCANS):
            self._scan()
            left = [each for each in self._members if each != self._head and _lives(each)]
            if not left:
                return
            for each in left:
                with contextlib.suppress(psutil.Error):
                    each.kill()
            psutil.wait_procs(left, timeout=0.2)

    def _scan(self) -> None:
        """Find the members: descendants, those of the child's session, and those that carry the token."""
        self._scanned = time.monotonic()
        if self._head is None:
            return
        head, known = self._head.pid, {self._head.pid}
        parents = {pid: (parent, session) for pid, parent, session in _processes()}
        found = {pid for pid, (_, session) in parents.items() if session == head or self._carries_token(pid)}
        known |= found
        while new := {pid for pid, (parent, _) in parents.items() if parent in known} - known:
            known |= new
        members = []
        for pid in known - {os.getpid()}:
            with contextlib.suppress(psutil.Error):
                members.append(psutil.Process(pid))
        self._members = [self._head, *(each for each in members if each != self._head)]

    def _carries_token(self, pid: int) -> bool:
        try:
            return f"{MARKER}={self.token}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False


def _processes() -> Iterator[tuple[int, int, int]]:
    """Process id, parent and session of every process; none where there is no /proc."""
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):  # noqa: PTH208 - a Path for each would take half of the time
            if name.isdigit():
                with contextlib.suppress(OSError, ValueError, IndexError):
                    words = Path(f"/proc/{name}/stat").read_bytes().rpartition(b")")[2].split()
                    yield int(name), int(words[1]), int(words[3])


def _lives(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * PAGE
    with contextlib.suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


def _own(pid: int) -> int:
    """Bytes of memory not backed by files; each shared page is divided among its processes."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return _resident(pid)
    sizes = {line.partition(":")[0]: int(line.split()[1]) * 1024 for line in lines[1:]}
    if "Pss_Anon" in sizes:
        return sizes["Pss_Anon"] + sizes.get("Pss_Shmem", 0)
    return sizes.get("Pss", 0)
