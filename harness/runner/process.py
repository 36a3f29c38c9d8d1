"""The parent's end of a child process: start it, ask it, watch its time and memory, and put an end to it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from typing import Any, TypeVar

import psutil

from harness.environments import Built
from harness.machine import thread_environment
from harness.records import from_json
from harness.runner.executor import Failure, Lost
from harness.runner.protocol import Reply

__all__ = ["ChildProcess"]

T = TypeVar("T")

TICK = 0.05
"""Seconds between two looks at a busy child's memory and time."""


class ChildProcess:
    """One child process that answers requests, in a process group of its own.

    Parameters
    ----------
    module : str
        What it runs, as ``python -m``.
    setup : mapping
        Its one argument, in JSON.
    threads : int
    memory : int
        Bytes of private memory it may hold.
    place : Built
        The interpreter and where it finds its code.
    """

    def __init__(self, module: str, setup: Mapping[str, Any], *, threads: int, memory: int, place: Built) -> None:
        self._memory = memory
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(  # noqa: S603 - our own worker
            [place.python, "-P", "-m", module, json.dumps({**setup, "parent": os.getpid()})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=_environment(place, threads),
            start_new_session=True,
        )
        self._buffer = b""
        self._requests = 0

    def first(self, kind: type[T], limit: float, late: str) -> T:
        """Wait for its first answer, which nobody asked for.

        Raises
        ------
        Failure, Lost
            As `ask`.
        """
        return self._answer(kind, limit, late)

    def ask(self, kind: type[T], request: Mapping[str, Any], limit: float, late: str) -> T:
        """Send a request and wait for the answer.

        Parameters
        ----------
        kind : type
            Of the answer.
        request : mapping
        limit : float
            Seconds to wait.
        late : str
            The reason that a timeout is given.

        Raises
        ------
        Failure
            When the child says that it cannot do it.
        Lost
            When the child died, passed its memory, took longer or answered nonsense; it is ended then.
        """
        assert self._process.stdin is not None  # noqa: S101 - it was opened with a pipe
        self._requests += 1
        with contextlib.suppress(BrokenPipeError):  # the answer, or its absence, will tell
            self._process.stdin.write(json.dumps({**request, "id": self._requests}).encode() + b"\n")
            self._process.stdin.flush()
        return self._answer(kind, limit, late)

    def _answer(self, kind: type[T], limit: float, late: str) -> T:
        line = self._line(limit, late)
        try:
            reply = from_json(Reply[kind], line)  # type: ignore[valid-type]  # checked when it runs
        except ValueError as error:
            self.end()
            raise Lost("crashed", f"its worker gave an answer that cannot be read: {error}") from error
        answer: T | None = reply.answer
        if reply.id == self._requests and answer is not None:
            return answer
        if reply.id == self._requests and reply.failed is not None:
            raise Failure(reply.failed.status, reply.failed.reason)
        self.end()
        raise Lost("crashed", "its worker gave an answer to another request than the last one")

    def _line(self, limit: float, late: str) -> bytes:
        deadline = time.monotonic() + limit
        assert self._process.stdout is not None  # noqa: S101 - it was opened with a pipe
        pipe = self._process.stdout.fileno()
        while b"\n" not in self._buffer:
            wait = min(TICK, max(0.0, deadline - time.monotonic()))
            if select.select([pipe], [], [], wait)[0]:
                chunk = os.read(pipe, 1 << 20)
                if not chunk:
                    raise self._ended()
                self._buffer += chunk
            elif time.monotonic() >= deadline:
                self.end()
                raise Lost("timeout", late)
            else:
                self._check_memory()
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _check_memory(self) -> None:
        try:
            info = psutil.Process(self._process.pid).memory_info()
        except psutil.Error:
            return  # it is just ending; the pipe will say so
        private = info.rss - getattr(info, "shared", 0)
        if private > self._memory:
            self.end()
            raise Lost("out_of_memory", f"held {_mebibytes(private)}, more than the plan's {_mebibytes(self._memory)}")

    def _ended(self) -> Lost:
        """Why a child that closed its pipe is gone."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.end()
            return Lost("crashed", "closed the pipe to the harness, so it could not be asked any more")
        last = self._last_line()
        self.end()
        if code >= 0:
            return Lost("crashed", f"exited with status {code}{last}")
        name = signal.Signals(-code).name
        hint = ", which the system sends when memory runs out" if -code == signal.SIGKILL else ""
        return Lost("crashed", f"killed by {name}{hint}{last}")

    def _last_line(self) -> str:
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - 4096))
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return f"; the last line it printed: {lines[-1].strip()[:200]}" if lines else ""

    def end(self) -> None:
        """Kill the child and what it started, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
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
