"""Backends that forge, flood, linger and change what they share with others; see also `tests.support.fakes`."""

import contextlib
import locale
import mmap
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np

from backends.base import Fit, Problem
from tests.support.fakes import Honest


@dataclass(frozen=True, kw_only=True)
class Infers(Honest):
    """Has an inference, a rank or a late fit that is none.

    Attributes
    ----------
    kind : str
    """

    kind: str = "raises"
    _made: ClassVar[list[int]] = []

    def answer(self, state: Problem) -> Fit:
        fit = super().answer(state)
        self._made.append(1)
        if self.kind in INFERENCES:
            return replace(fit, inference=INFERENCES[self.kind])
        if self.kind in RANKS:
            return replace(fit, rank=RANKS[self.kind])
        if self.kind == "late text" and len(self._made) > 2:
            return replace(fit, coef="1.0")  # type: ignore[arg-type]
        if self.kind == "late none" and len(self._made) > 2:
            return None  # type: ignore[return-value]
        return fit


def _said(errors: object, r_squared: object) -> Any:
    from backends.base import Inference

    return Inference(errors, r_squared)  # type: ignore[arg-type]


def _raises() -> Any:
    raise RuntimeError("no inference today")


INFERENCES: dict[str, Callable[[], Any]] = {
    "raises": _raises,
    "none": lambda: None,
    "text": lambda: _said(["a", "b"], 0.5),
    "r2 text": lambda: _said([1.0, 2.0], "high"),
    "r2 array": lambda: _said([1.0, 2.0], np.ones(3)),
    "scalar": lambda: _said(1.0, 0.5),
}
RANKS: dict[str, Any] = {"rank text": "two", "rank array": np.ones(2), "rank nan": float("nan"), "rank negative": -3}


@dataclass(frozen=True, kw_only=True)
class Forges(Honest):
    """Finds the pipe to the harness and writes to it.

    Attributes
    ----------
    words : str
        ``"endless"``, or what to write.
    """

    words: str = "junk"

    def misbehave(self) -> None:
        for each in [*Path("/proc/self/fd").iterdir()]:
            with contextlib.suppress(OSError):
                if int(each.name) > 2 and str(each.readlink()).startswith("pipe:"):
                    self._write(int(each.name))

    def _write(self, pipe: int) -> None:
        os.write(pipe, self.words.encode() if self.words != "endless" else b"[")
        while self.words == "endless":
            os.write(pipe, b"[" * 4096)


@dataclass(frozen=True, kw_only=True)
class Changes(Honest):
    """Changes something that all cases of its worker share.

    Attributes
    ----------
    kind : str
    """

    kind: str = "folder"

    def prepare(self, problem: Problem, device: str) -> Problem:
        CHANGES[self.kind]()
        return problem


def _patch_lstsq() -> None:
    real = np.linalg.lstsq

    def worse(*data: Any, **how: Any) -> Any:
        found = real(*data, **how)
        return (found[0] * (1 + 1e-4), *found[1:])

    np.linalg.lstsq = worse


def _patch_clocks() -> None:
    import harness.timing

    time.perf_counter_ns = lambda: 0
    harness.timing.timer = cast("Any", lambda: None)
    harness.timing.SHORTEST_SAMPLE = 0.0


def _slow_control() -> None:
    real = np.matmul

    def slow(*data: Any, **how: Any) -> Any:
        for _ in range(10):
            found = real(*data, **how)
        return found

    np.matmul = slow  # type: ignore[assignment]


def _linger() -> None:
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()


def _alarm() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.2)


CHANGES: dict[str, Callable[[], object]] = {
    "folder": lambda: os.chdir("/"),
    "errors": lambda: np.seterr(all="raise"),
    "lstsq": _patch_lstsq,
    "clocks": _patch_clocks,
    "control": _slow_control,
    "thread": _linger,
    "alarm": _alarm,
    "locale": lambda: locale.setlocale(locale.LC_ALL, "C.UTF-8" if locale.setlocale(locale.LC_ALL) == "C" else "C"),
}


@dataclass(frozen=True, kw_only=True)
class Rewrites(Honest):
    """Returns an array and writes to it later."""

    _kept: ClassVar[list[Any]] = []

    def answer(self, state: Problem) -> Fit:
        for coef in self._kept:
            coef[:] = 7.0
        fit = super().answer(state)
        self._kept.append(fit.coef)
        return fit


@dataclass(frozen=True, kw_only=True)
class WarmsUp(Honest):
    """Takes its time over the first call alone."""

    _made: ClassVar[list[int]] = []

    def misbehave(self) -> None:
        if not self._made:
            time.sleep(0.05)
        self._made.append(1)


@dataclass(frozen=True, kw_only=True)
class Surrogates(Honest):
    """Raises an error whose text is no Unicode."""

    def misbehave(self) -> None:
        raise RuntimeError("a file called \udcff\udcfe")


@dataclass(frozen=True, kw_only=True)
class SharesMemory(Honest):
    """Holds memory that is shared, so that no limit of the system counts it."""

    _kept: ClassVar[list[Any]] = []

    def misbehave(self) -> None:
        block = mmap.mmap(-1, 600 * 2**20)
        for start in range(0, len(block), 2**20):
            block[start : start + 2**20] = b"x" * 2**20
        self._kept.append(block)
        time.sleep(20)


@dataclass(frozen=True, kw_only=True)
class Escapes(Honest):
    """Starts a process that leaves its session and its parent, and writes down its number.

    Attributes
    ----------
    pid_file : str
    """

    pid_file: str = ""

    def prepare(self, problem: Problem, device: str) -> Problem:
        code = "import os, time\nopen({0!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
        child = subprocess.Popen(
            ["/bin/sh", "-c", f'setsid "{sys.executable}" -c "$0" & exit 0', code.format(self.pid_file)]
        )
        child.wait()
        while not (Path(self.pid_file).exists() and Path(self.pid_file).read_text()):
            time.sleep(0.01)
        return problem


@dataclass(frozen=True, kw_only=True)
class WritesData(Honest):
    """Writes to the file that holds the data of all cases."""

    def prepare(self, problem: Problem, device: str) -> Problem:
        for line in Path("/proc/self/maps").read_text().splitlines():
            path = Path(line.split(maxsplit=5)[-1])
            if path.suffix == ".npy" and path.name.endswith("-y.npy"):
                path.chmod(0o600)
                content = bytearray(path.read_bytes())
                content[-8:] = b"\0" * 8
                path.write_bytes(content)
        return problem


EVERY = [Infers, Forges, Changes, Rewrites, WarmsUp, Surrogates, SharesMemory, Escapes, WritesData]
