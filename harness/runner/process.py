"""The parent's handle of a child process: starts it, sends requests, enforces time and memory limits, kills it."""

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
"""Seconds between checks of a busy child's memory and time."""

MOST_BYTES = 64 * 2**20
"""Limit on the length of one answer, and on what the child may print."""

ENDING = 1.0
"""Seconds within which a child that closed its pipe must exit."""

READ = 1 << 20
"""Bytes per read from the pipe."""


class ChildProcess:
    """One child process that answers requests, in a session of its own.

    Whatever the child does, requests raise `Failure` or `Lost` and nothing else.

    Parameters
    ----------
    module : str
        What it runs, as ``python -m MODULE``.
    setup : mapping
        Its one argument, in JSON.
    memory : int
        Most bytes that it and its descendants may hold.
    place : Built
        The interpreter and its module search path.
    meanwhile : callable, optional
        Called every `TICK` or so while the parent waits for an answer.

    Attributes
    ----------
    changed : tuple of str
        What had changed in the process by its last answer, in words.
    earlier : bool
        Whether it had changed before that request.
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
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        self._requests, self._answers = self._process.stdin, self._process.stdout
        self._family.begin(self._process.pid)
        self._buffer = bytearray()
        self._request = 0

    @property
    def pipe(self) -> int:
        """The descriptor that its answers are read from."""
        return self._answers.fileno()

    def pause(self) -> None:
        """Stop every process of its session where it is."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let its session continue after `pause`."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill its session without waiting; `end` must still be called."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, number)

    def first(self, kind: type[T], limit: float, late: str) -> T:
        """Wait for its first message, which it sends without a request.

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
            The reason given to a timeout.
        tell : callable, optional
            Called with each progress message of the child; without it the child may send only its answer.

        Raises
        ------
        Failure
            When the child answers that the request failed.
        Lost
            When the child died, exceeded its memory or time, or answered nonsense; it is killed then.
        """
        if self._buffer or self._readable(0.0):
            raise self._unasked()
        self._request = secrets.randbits(52)  # a backend that writes to the pipe cannot guess it
        with contextlib.suppress(OSError, ValueError):  # reading the answer will find a dead child
            self._requests.write(json.dumps({**request, "id": self._request}).encode() + b"\n")
            self._requests.flush()
        return self._answer(kind, limit, late, tell)

    def _unasked(self) -> Lost:
        """The error for a child that wrote without a request, or closed its pipe."""
        if not self._buffer and not self._more():
            return self._ended()
        self.end()
        return Lost("crashed", "something in its worker wrote to the harness's pipe without a request")

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
            assert answer is not None  # noqa: S101 - exactly one of the two is set
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
        """The next line of the child, within its limits."""
        checked = time.monotonic()
        while (end := self._buffer.find(b"\n", max(0, len(self._buffer) - READ))) < 0:
            now = self._in_time(deadline, late)
            if len(self._buffer) > MOST_BYTES:
                self.end()
                raise Lost("crashed", f"its worker gave an answer of more than {_mebibytes(MOST_BYTES)}")
            if now - checked >= TICK:
                checked = now
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
        """The time now; past the deadline, kill the child and raise."""
        if (now := time.monotonic()) >= deadline:
            self.end()
            raise Lost("timeout", late)
        return now

    def _readable(self, seconds: float) -> bool:
        return bool(select.select([self._answers], [], [], seconds)[0])

    def _more(self) -> bool:
        """Read what the pipe holds; False where the child closed it."""
        chunk = os.read(self.pipe, READ)
        self._buffer += chunk
        return bool(chunk)

    def _check_memory(self) -> None:
        held = self._family.memory(self._memory)
        if held > self._memory:
            self.end()
            raise Lost("out_of_memory", f"held {_mebibytes(held)}, more than the plan's {_mebibytes(self._memory)}")

    def _check_errors(self) -> None:
        """Keep its output from filling the disk; only its last line is ever shown."""
        if os.fstat(self._errors.fileno()).st_size > MOST_BYTES:
            self._errors.seek(0)  # the child shares the file's offset, so it too continues from here
            self._errors.truncate(0)

    def _ended(self) -> Lost:
        """The error for a child that closed its pipe: how it ended."""
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
        """Kill the child and its descendants, and wait until it is gone."""
        self._family.end()
        self._process.kill()
        self._process.wait()
        for pipe in (self._requests, self._answers):
            with contextlib.suppress(OSError):
                pipe.close()
        self._errors.close()


def _environment(place: Built, threads: int) -> dict[str, str]:
    """A child's environment variables: its numbers of threads, and its search path first in PYTHONPATH."""
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
