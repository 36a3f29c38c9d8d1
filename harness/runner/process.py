"""The parent's end of a child process: start it, ask it, watch its time and memory, and put an end to it."""

import contextlib
import json
import os
import secrets
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from harness.environments import Built
from harness.files import check_system
from harness.machine import thread_environment
from harness.passes import Tell
from harness.records import from_json
from harness.runner.executor import Failure, Lost
from harness.runner.family import MARKER, Family
from harness.runner.protocol import Reply

T = TypeVar("T")

TICK = 0.05
"""Seconds between two looks at a busy child's memory and time."""

MOST_BYTES = 64 * 2**20
"""Of one answer."""

ENDING = 1.0
"""Seconds that a child which closed its pipe has to end."""

READ = 1 << 20
"""Bytes that are read from the pipe at a time."""


class ChildProcess:
    """One child process that answers requests, in a session of its own.

    Whatever it does, its requests raise `Failure` or `Lost` and nothing else.

    Parameters
    ----------
    module : str
        What it runs, as ``python -m``.
    setup : mapping
        Its one argument, in JSON.
    memory : int
        Bytes that it may hold together with what it starts.
    place : Built
        The interpreter and where it finds its code.
    meanwhile : callable, optional
        Called now and then while its answer is waited for.

    Attributes
    ----------
    changed : tuple of str
        State of the process that its last answer says was changed.
    earlier : bool
        Whether that was so before it was asked.
    """

    def __init__(
        self,
        module: str,
        setup: Mapping[str, Any],
        *,
        threads: int,
        memory: int,
        place: Built,
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        check_system()
        self.changed: tuple[str, ...] = ()
        self.earlier = False
        self._memory = memory
        self._meanwhile = meanwhile
        self._family = Family()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(  # noqa: S603 - our own worker
            [place.python, "-P", "-m", module, json.dumps({**setup, "parent": os.getpid()})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**_environment(place, threads), MARKER: self._family.token},
            start_new_session=True,
        )
        self._family.begin(self._process.pid)
        self._buffer = bytearray()
        self._request = 0

    @property
    def pipe(self) -> int:
        """The descriptor of the pipe that it answers on."""
        assert self._process.stdout is not None  # noqa: S101 - it was opened with a pipe
        return self._process.stdout.fileno()

    def hold(self, *, still: bool) -> None:
        """Stop it and what it started where they are, or let them go on."""
        self._signal(signal.SIGSTOP if still else signal.SIGCONT)

    def kill(self) -> None:
        """Kill it and what is in its session, and wait for nothing; `end` is still to be called."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, number)

    def first(self, kind: type[T], limit: float, late: str) -> T:
        """Wait for its first answer, which nobody asked for.

        Raises
        ------
        Failure, Lost
            As `ask`.
        """
        return self._answer(kind, limit, late, None)

    def ask(self, kind: type[T], request: Mapping[str, Any], limit: float, late: str, tell: Tell | None = None) -> T:
        """Send a request and wait for the answer.

        Parameters
        ----------
        kind : type
            Of the answer.
        limit : float
            Seconds to wait.
        late : str
            The reason that a timeout is given.
        tell : callable, optional
            Told what the child says that it is doing; without it the child may say nothing but its answer.

        Raises
        ------
        Failure
            When the child says that it cannot do it.
        Lost
            When the child died, passed its memory, took longer or answered nonsense; it is ended then.
        """
        assert self._process.stdin is not None  # noqa: S101 - it was opened with a pipe
        if self._buffer or self._readable(0.0):
            raise self._unasked()
        self._request = secrets.randbits(52)  # what a backend writes to the pipe by itself cannot have the right one
        with contextlib.suppress(OSError, ValueError):  # the answer, or its absence, will tell
            self._process.stdin.write(json.dumps({**request, "id": self._request}).encode() + b"\n")
            self._process.stdin.flush()
        return self._answer(kind, limit, late, tell)

    def _unasked(self) -> Lost:
        """Why a child that wrote without being asked, or whose pipe ended, is ended."""
        if not self._buffer and not self._more():
            return self._ended()
        self.end()
        return Lost("crashed", "something in its worker wrote to the harness's pipe without being asked")

    def _answer(self, kind: type[T], limit: float, late: str, tell: Tell | None) -> T:
        deadline = time.monotonic() + limit
        reply = self._reply(kind, deadline, late)
        while tell is not None and reply.doing is not None and reply.id == self._request:
            tell(reply.doing)
            self._in_time(deadline, late)
            self._check_memory()
            reply = self._reply(kind, deadline, late)
        answer: T | None = reply.answer
        if reply.id == self._request and (answer is None) != (reply.failed is None) and not self._buffer:
            self.changed, self.earlier = reply.changed, reply.earlier
            if reply.failed is not None:
                raise Failure(reply.failed.status, reply.failed.reason, reply.failed.fit)
            assert answer is not None  # noqa: S101 - one of the two is there
            return answer
        self.end()
        raise Lost("crashed", "its worker answered a request that was never made")

    def _reply(self, kind: type[T], deadline: float, late: str) -> Reply[T]:
        line = self._line(deadline, late)
        try:
            return from_json(Reply[kind], line)  # type: ignore[valid-type]  # checked when it runs
        except (ValueError, RecursionError) as error:
            self.end()
            raise Lost("crashed", f"its worker gave an answer that cannot be read: {error}") from error

    def _line(self, deadline: float, late: str) -> bytes:
        """The next line, however slowly or fast the child writes."""
        looked = time.monotonic()
        while (end := self._buffer.find(b"\n", max(0, len(self._buffer) - READ))) < 0:
            now = self._in_time(deadline, late)
            if len(self._buffer) > MOST_BYTES:
                self.end()
                raise Lost("crashed", f"its worker gave an answer of more than {_mebibytes(MOST_BYTES)}")
            if now - looked >= TICK:
                looked = now
                self._check_memory()
                self._check_errors()
                if self._meanwhile is not None:
                    self._meanwhile()
            if self._readable(min(TICK, deadline - now)) and not self._more():
                raise self._ended()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def _in_time(self, deadline: float, late: str) -> float:
        """What time it is, before the deadline."""
        if (now := time.monotonic()) >= deadline:
            self.end()
            raise Lost("timeout", late)
        return now

    def _readable(self, seconds: float) -> bool:
        assert self._process.stdout is not None  # noqa: S101 - it was opened with a pipe
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def _more(self) -> bool:
        """Read what is there; False where the pipe has ended."""
        assert self._process.stdout is not None  # noqa: S101 - it was opened with a pipe
        chunk = os.read(self._process.stdout.fileno(), READ)
        self._buffer += chunk
        return bool(chunk)

    def _check_memory(self) -> None:
        held = self._family.memory(self._memory)
        if held > self._memory:
            self.end()
            raise Lost("out_of_memory", f"held {_mebibytes(held)}, more than the plan's {_mebibytes(self._memory)}")

    def _check_errors(self) -> None:
        """Keep what it prints from filling the disk; its last line is all that is ever shown."""
        if os.fstat(self._errors.fileno()).st_size > MOST_BYTES:
            self._errors.seek(0)  # the child writes on from here, for it has the same file open
            self._errors.truncate(0)

    def _ended(self) -> Lost:
        """Why a child that closed its pipe is gone."""
        try:
            code = self._process.wait(timeout=ENDING)
        except subprocess.TimeoutExpired:
            self.end()
            return Lost("crashed", "closed its pipe to the harness, which then could not reach it")
        last = self._last_line()
        self.end()
        if code >= 0:
            return Lost("crashed", f"exited with status {code}{last}")
        name = signal.Signals(-code).name if -code in {*signal.Signals} else f"signal {-code}"
        hint = ", which the system sends when memory runs out" if -code == signal.SIGKILL else ""
        return Lost("crashed", f"killed by {name}{hint}{last}")

    def _last_line(self) -> str:
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - 4096))
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return f"; the last line it printed: {lines[-1].strip()[:200]}" if lines else ""

    def end(self) -> None:
        """Kill the child and what it started, and wait until it is gone."""
        self._family.end()
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._errors.close()


def _environment(place: Built, threads: int) -> dict[str, str]:
    """A child's variables: its threads, and its own code before all other."""
    ours = {**os.environ, **thread_environment(threads)}
    inherited = ours.pop("PYTHONPATH", "")
    if place.alone:
        ours.pop("PYTHONHOME", None)
        ours["PYTHONNOUSERSITE"] = "1"
        inherited = ""
    path = os.pathsep.join([*map(str, place.path), *filter(None, [inherited])])
    return {**ours, "PYTHONPATH": path} if path else ours


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"
