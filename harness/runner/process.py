"""The parent's end of a worker: start it, ask it, watch its time and memory, and put an end to it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import tempfile
import time
from typing import Any

import psutil

from harness.environments import Built
from harness.machine import thread_environment
from harness.results import Status

__all__ = ["Lost", "WorkerProcess"]

Message = dict[str, Any]

TICK = 0.05
"""Seconds between two looks at a busy worker's memory and time."""

START_LIMIT = 120.0
"""Seconds a worker has to import its library."""


HERE = Built()
"""The environment that linbench itself runs in."""


class Lost(Exception):
    """A worker is gone, or has been ended; the cell it was at gets this status and reason."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class WorkerProcess:
    """One child process over one library, in a process group of its own.

    Parameters
    ----------
    library, distribution : str
        What it imports, and what is installed to have it.
    device : {"cpu", "cuda"}
    threads : int
    memory : int
        Bytes of private memory it may hold.
    place : Built
        The interpreter and where it finds its code.
    """

    def __init__(
        self,
        library: str,
        distribution: str,
        *,
        device: str,
        threads: int,
        memory: int,
        place: Built = HERE,
    ) -> None:
        self._memory = memory
        # A CUDA context reserves far more address space than it uses; there only the resident memory is watched.
        hard = memory if device == "cpu" else None
        setup = {"library": library, "distribution": distribution, "memory": hard, "parent": os.getpid()}
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(  # noqa: S603 - our own worker
            [place.python, "-P", "-m", "harness.worker", json.dumps(setup)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=_environment(place, threads),
            start_new_session=True,
        )
        self._buffer = b""

    def started(self) -> Message:
        """Wait until the library is imported; the worker's first words.

        Raises
        ------
        Lost
            When it died or did not come up in time.
        """
        return self._answer(START_LIMIT, f"did not import its library within {START_LIMIT:g} s")

    def ask(self, request: Message, limit: float, late: str) -> Message:
        """Send a request and wait for the answer.

        Parameters
        ----------
        request : dict
        limit : float
            Seconds to wait.
        late : str
            The reason that a timeout is given.

        Raises
        ------
        Lost
            When the worker died, passed its memory or took longer; it is ended then.
        """
        assert self._process.stdin is not None  # noqa: S101 - it was opened with a pipe
        with contextlib.suppress(BrokenPipeError):  # the answer, or its absence, will tell
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        return self._answer(limit, late)

    def _answer(self, limit: float, late: str) -> Message:
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
        answer: Message = json.loads(line)
        return answer

    def _check_memory(self) -> None:
        try:
            info = psutil.Process(self._process.pid).memory_info()
        except psutil.Error:
            return  # it is just ending; the pipe will say so
        private = info.rss - getattr(info, "shared", 0)
        if private > self._memory:
            self.end()
            raise Lost(
                "out_of_memory", f"held {private / 2**20:.0f} MiB, more than the plan's {_mebibytes(self._memory)}"
            )

    def _ended(self) -> Lost:
        """Why a worker that closed its pipe is gone."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.end()
            return Lost("crashed", "closed its pipe and went on")
        last = self._last_words()
        self.end()
        if code >= 0:
            return Lost("crashed", f"exited with status {code}{last}")
        name = signal.Signals(-code).name
        hint = ", which the system sends when memory runs out" if -code == signal.SIGKILL else ""
        return Lost("crashed", f"killed by {name}{hint}{last}")

    def _last_words(self) -> str:
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - 4096))
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return f"; its last words: {lines[-1].strip()[:200]}" if lines else ""

    def end(self) -> None:
        """Kill the worker and what it started, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._errors.close()


def _environment(place: Built, threads: int) -> dict[str, str]:
    """A worker's variables: its threads, and its own code before all other."""
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
