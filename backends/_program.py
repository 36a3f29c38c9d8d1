"""A program that is not Python, kept alive: bytes go in, one marked line of JSON comes back, within a deadline.

The protocol is written down in ``backends/README.md``. Here are the process and its pipes; what an answer means is in
`backends._answer`, the backends' side in `backends._engine`.
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
SLOWEST = 1e6
"""Bytes per second that a program is given time to read, over its deadline."""

LARGEST_ANSWER = 1 << 20
"""Bytes that an answer, with the noise before it, may have beside 64 for each number that is wanted."""

KEPT_WORDS = 4096
"""Bytes of what a program wrote to standard error that are kept for a message."""


class Package(NamedTuple):
    """Where a program comes from."""

    debian: str
    conda: str = ""
    """``debian`` and ``conda``: what ``apt-get install`` and ``conda install`` take; empty where there is no such
    package."""

    @property
    def advice(self) -> str:
        """What to install, in words."""
        offers = {"Debian": self.debian, "conda-forge": self.conda}
        return "install " + " or ".join(f"{name} ({where})" for where, name in offers.items() if name)


def environment() -> dict[str, str]:
    """A program's variables: this process's own, with decimal points and English whatever the user's language."""
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
    """Start a program that dies with this process, whatever way this process ends.

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
"""Asks Linux to kill it when the parent dies, then becomes the program; elsewhere the end of its input has to do.

A program of its own, and no `preexec_fn`: that would fork this process as it is, which libraries with threads of their
own do not stand for certain (JAX warns of it).
"""


class Program:
    """A living program and its three pipes.

    Parameters
    ----------
    name : str
        What messages call it.
    package : Package
        What to install where it is missing.
    deadline : float
        Seconds an answer may take, not counting a second for each megabyte that is sent.
    cwd : Path, optional
        The folder it runs in, which is its home folder too.
    user : str, optional
        Who runs it, where this process may choose.

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
        """The process's number."""
        return self._process.pid

    def close(self) -> None:
        """End the program and wait until it is gone. Also done when nothing refers to it, and when Python ends."""
        self._end()

    def ask(self, parts: Sequence[Bytes], numbers: int = 0) -> Answer:
        """Send a request and wait for its answer.

        Parameters
        ----------
        parts : sequence of bytes
            The request, which tells the program the number of the request, `requests` + 1.
        numbers : int
            Numbers that the answer is to hold, which bounds its size.

        Raises
        ------
        TimeoutError
            When it takes longer than the deadline.
        RuntimeError, ValueError
            When the program has ended, or answers against the protocol. It is ended then, as after every failure.
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
        deadline = begun + self._deadline + size / SLOWEST
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
        """The next marked line, from its mark on; what stands before it is noise."""
        at = self._buffer.find(MARK)
        end = self._buffer.find(b"\n", at) if at >= 0 else -1
        if end < 0:
            return None
        line, self._buffer = self._buffer[at:end], self._buffer[end + 1 :]
        return line

    def _send(self, pending: list[memoryview]) -> None:
        """Write as much as the pipe takes, and drop from ``pending`` what has gone."""
        while pending:
            try:
                gone = os.write(self._in, pending[0][: 16 * CHUNK])
            except BlockingIOError:
                return
            except BrokenPipeError:
                pending.clear()  # its end, or what it still has to say, will be read
                return
            pending[0] = pending[0][gone:]
            if not pending[0]:
                del pending[0]

    def _exchange(self, pending: list[memoryview], deadline: float) -> int:
        """Wait for one event or more and serve them; the bytes that came on standard output."""
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
        self._words = (self._words + words)[-KEPT_WORDS:]
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
        """Why a program that closed its output is gone."""
        try:
            code = self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return RuntimeError(f"{self.name} closed its output and went on{self._noise()}")
        with contextlib.suppress(BlockingIOError):
            os.set_blocking(self._err, False)
            self._read_words()
        how = f"ended with status {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"
        return RuntimeError(f"{self.name} {how} before it answered{self._noise()}")

    def _noise(self) -> str:
        words = last_line(self._words) or last_line(self._buffer)
        return f"; its last words: {words}" if words else ""

    def peak_bytes(self) -> int:
        """The most resident memory that the program has held; 0 where the system does not tell."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) * 1024
        return 0

    def cpu_seconds(self) -> float:
        """Processor seconds that the program has spent, all its threads together; 0 where the system does not tell."""
        with contextlib.suppress(OSError):
            return time.clock_gettime(~self.pid << 3 | 2) if sys.platform == "linux" else 0.0
        return 0.0


def last_line(words: bytes) -> str:
    """The last line that is not empty, at most 200 characters of it."""
    lines = words.decode(errors="replace").strip().splitlines()
    return lines[-1].strip()[:200] if lines else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
