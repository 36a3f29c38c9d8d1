"""A program outside Python, kept alive: bytes go in, one marked line of JSON comes back, within a deadline.

``backends/README.md`` describes the protocol. This module has the process and its pipes, `backends._answer` the
meaning of an answer, `backends._engine` the backends' side.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from backends._answer import MARK, Answer, read_answer
from backends.base import Missing

Bytes = bytes | memoryview

CHUNK = 1 << 16
SLOWEST_READING = 1e6
"""Bytes per second: large data extend the deadline as if they were read at this rate."""

LARGEST_ANSWER = 1 << 20
"""Most bytes of an answer with the noise before it, beside 64 for each number wanted."""

KEPT_BYTES = 4096
"""Last bytes of standard error that are kept for a message."""


class Package(NamedTuple):
    """Where a program comes from."""

    debian: str
    conda: str = ""
    """``debian`` and ``conda``: names for ``apt-get install`` and ``conda install``; empty where there is none."""

    @property
    def advice(self) -> str:
        """What to install, in words."""
        offers = {"Debian": self.debian, "conda-forge": self.conda}
        return "install " + " or ".join(f"{name} ({where})" for where, name in offers.items() if name)


def environment() -> dict[str, str]:
    """The environment of a program: this process's, with decimal points and English whatever the user's language."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    return {**ours, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "LANGUAGE": "C"}


def start(
    command: Sequence[str],
    package: Package,
    *,
    stdin: int = subprocess.PIPE,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    cwd: Path | None = None,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program that dies with this process, however this process ends.

    Raises
    ------
    Missing
        When there is no such program. The message names the packages.
    """
    found = shutil.which(command[0])
    if found is None:
        raise Missing(f"{command[0]} cannot be started (no such program); {package.advice}")
    guard = [sys.executable, "-I", "-S", "-c", GUARD, str(os.getpid()), user or ""]
    return subprocess.Popen(  # noqa: S603 - the program that a suite's backend names
        [*guard, str(Path(found).absolute()), *command[1:]],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=cwd,
        bufsize=0,
        env=environment() if cwd is None else {**environment(), "HOME": str(cwd)},
    )


GUARD = """
import ctypes, os, pwd, signal, sys
parent, user, *command = sys.argv[1:]
if user:
    about = pwd.getpwnam(user)
    os.setgroups([]), os.setgid(about.pw_gid), os.setuid(about.pw_uid)
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != int(parent):
        os._exit(1)
os.execv(command[0], command)
"""
"""Asks Linux to kill it when the parent dies, then becomes the program; on other systems the end of its input ends it.

A separate program, not a `preexec_fn`: that would fork this process, which is unsafe with libraries that have threads
(JAX warns of it).
"""


class Program:
    """A running program and its three pipes.

    Parameters
    ----------
    name : str
        Its name in messages.
    package : Package
        What to install where it is missing.
    deadline : float
        Seconds that an answer may take, plus one second per megabyte sent.
    cwd : Path, optional
        The folder it runs in, also its home folder.
    user : str, optional
        The user to run it as, where this process may choose.

    Raises
    ------
    Missing
        When there is no such program.
    """

    def __init__(
        self,
        command: Sequence[str],
        name: str,
        package: Package,
        *,
        deadline: float,
        cwd: Path | None = None,
        user: str | None = None,
    ) -> None:
        self.name = name
        self.requests = 0
        self._deadline = deadline
        self._process = process = start(command, package, cwd=cwd, user=user)
        assert process.stdin and process.stdout and process.stderr  # noqa: PT018, S101 - three pipes were asked for
        self._in, self._out, self._err = (pipe.fileno() for pipe in (process.stdin, process.stdout, process.stderr))
        self._listening = [self._out, self._err]
        os.set_blocking(self._in, False)
        self._buffer = b""
        self._words = b""
        self._end = weakref.finalize(self, _end, process)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def close(self) -> None:
        """End the program and wait until it is gone. Also done when nothing refers to it, and at exit."""
        self._end()

    def ask(self, parts: Sequence[Bytes], numbers: int = 0) -> Answer:
        """Send a request and wait for its answer.

        Parameters
        ----------
        parts : sequence of bytes
            The request. It holds its own number, `requests` + 1.
        numbers : int
            Numbers that the answer should hold, which bounds its size.

        Raises
        ------
        TimeoutError
            When it takes longer than the deadline.
        RuntimeError, ValueError
            When the program has ended, or breaks the protocol. Any failure ends it.
        """
        self.requests += 1
        if not self._end.alive:
            raise RuntimeError(f"{self.name} has ended after an earlier failure")
        try:
            return self._ask(parts, numbers)
        except BaseException:
            self.close()
            raise

    def _ask(self, parts: Sequence[Bytes], numbers: int) -> Answer:
        pending = [memoryview(part).cast("B") for part in parts]
        size = sum(part.nbytes for part in pending)
        begun = time.perf_counter()
        deadline = begun + self._deadline + size / SLOWEST_READING
        most = LARGEST_ANSWER + 64 * numbers
        self._send(pending)
        received = 0
        while (line := self._line()) is None:
            received += self._exchange(pending, deadline)
            if received > most:
                raise RuntimeError(f"{self.name} wrote more than {most} bytes and no answer{self._noise()}")
        answer = read_answer(line, self.name, self.requests, time.perf_counter() - begun)
        if pending and not answer.refusal:
            raise RuntimeError(f"{self.name} answered before it had read its data")
        return answer

    def _line(self) -> bytes | None:
        """The next marked line, from its mark on; anything before the mark is noise."""
        at = self._buffer.find(MARK)
        end = self._buffer.find(b"\n", at) if at >= 0 else -1
        if end < 0:
            return None
        line, self._buffer = self._buffer[at:end], self._buffer[end + 1 :]
        return line

    def _send(self, pending: list[memoryview]) -> None:
        """Write as much as the pipe takes, and drop it from ``pending``."""
        while pending:
            try:
                sent = os.write(self._in, pending[0][: 16 * CHUNK])
            except BlockingIOError:
                return
            except BrokenPipeError:
                pending.clear()  # reading will show its end, or its last words
                return
            pending[0] = pending[0][sent:]
            if not pending[0]:
                del pending[0]

    def _exchange(self, pending: list[memoryview], deadline: float) -> int:
        """Wait for events on the pipes and handle them; the number of bytes read from standard output."""
        ready = self._wait(writing=bool(pending), deadline=deadline)
        if self._in in ready:
            self._send(pending)
        if self._err in ready:
            self._read_words()
        if self._out not in ready:
            return 0
        chunk = os.read(self._out, CHUNK)
        if not chunk:
            raise self._death()
        self._buffer += chunk
        return len(chunk)

    def _read_words(self) -> None:
        words = os.read(self._err, CHUNK)
        self._words = (self._words + words)[-KEPT_BYTES:]
        if not words:
            self._listening = [self._out]

    def _wait(self, *, writing: bool, deadline: float) -> set[int]:
        left = deadline - time.perf_counter()
        watched = select.poll()
        for pipe in self._listening:
            watched.register(pipe, select.POLLIN)
        if writing:
            watched.register(self._in, select.POLLOUT)
        ready = {pipe for pipe, _ in watched.poll(max(0.0, left) * 1000)} if left > 0 else set()
        if not ready:
            raise TimeoutError(f"{self.name} gave no answer within {self._deadline:g} s{self._noise()}")
        return ready

    def _death(self) -> RuntimeError:
        """The error for a program that closed its output."""
        try:
            code = self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return RuntimeError(f"{self.name} closed its output but still runs{self._noise()}")
        with contextlib.suppress(BlockingIOError):
            os.set_blocking(self._err, False)
            self._read_words()
        how = f"ended with status {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"
        return RuntimeError(f"{self.name} {how} before it answered{self._noise()}")

    def _noise(self) -> str:
        words = last_line(self._words) or last_line(self._buffer)
        return f"; its last words: {words}" if words else ""

    def peak_bytes(self) -> int:
        """Peak resident memory of the program; 0 where the system does not tell."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) * 1024
        return 0

    def cpu_seconds(self) -> float:
        """Processor seconds of all threads of the program; 0 where the system does not tell."""
        with contextlib.suppress(OSError):
            return time.clock_gettime(~self.pid << 3 | 2) if sys.platform == "linux" else 0.0
        return 0.0


def last_line(words: bytes) -> str:
    """The last line that is not blank, cut to 200 characters."""
    lines = words.decode(errors="replace").strip().splitlines()
    return lines[-1].strip()[:200] if lines else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
