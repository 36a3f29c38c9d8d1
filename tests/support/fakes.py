"""Backends that go wrong in every way a backend can, offered through the entry point group as another package would."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from backends.base import Backend, Fit, IterativeBackend, Library, Problem, Snapshot, Unsupported


@dataclass(frozen=True, kw_only=True)
class Honest(Backend[Problem]):
    """Solves with NumPy, after doing what its subclass does. A library of its own gives each a worker of its own.

    Attributes
    ----------
    tag : str
        Nothing but a way to have several.
    """

    tag: str = ""

    def prepare(self, problem: Problem, device: str) -> Problem:
        return problem

    def misbehave(self) -> None:
        """Do what this backend is named for."""

    def solve(self, state: Problem) -> Fit:
        self.misbehave()
        return self.answer(state)

    def answer(self, state: Problem) -> Fit:
        A = np.column_stack([state.X, np.ones(len(state.y))]) if state.intercept else state.X
        b, _, rank, _ = np.linalg.lstsq(A.astype(np.float64), state.y.astype(np.float64), rcond=None)
        p = state.X.shape[1]
        return Fit(b[:p], float(b[p]) if state.intercept else 0.0, True, None, int(rank))


@dataclass(frozen=True, kw_only=True)
class NoOp(Honest):
    """Does nothing at all, as fast as can be."""

    def solve(self, state: Problem) -> Fit:
        return NOTHING


NOTHING = Fit(np.zeros(1), 0.0, True, None)


@dataclass(frozen=True, kw_only=True)
class Raises(Honest):
    def misbehave(self) -> None:
        raise RuntimeError("the matrix is on fire\nand a second line")


@dataclass(frozen=True, kw_only=True)
class Segfaults(Honest):
    def misbehave(self) -> None:
        ctypes.string_at(0)


@dataclass(frozen=True, kw_only=True)
class Exits(Honest):
    def misbehave(self) -> None:
        os._exit(7)


@dataclass(frozen=True, kw_only=True)
class SystemExits(Honest):
    def misbehave(self) -> None:
        sys.exit(3)


@dataclass(frozen=True, kw_only=True)
class Killed(Honest):
    def misbehave(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, kw_only=True)
class Hangs(Honest):
    def misbehave(self) -> None:
        while True:
            pass


@dataclass(frozen=True, kw_only=True)
class HangsWithChild(Honest):
    """Starts a child of its own, writes down its process id, and hangs.

    Attributes
    ----------
    pid_file : str
    """

    pid_file: str = ""

    def misbehave(self) -> None:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(self.pid_file).write_text(str(child.pid))
        while True:
            time.sleep(1)


@dataclass(frozen=True, kw_only=True)
class Slow(Honest):
    """Takes a while over every solve.

    Attributes
    ----------
    seconds : float
    """

    seconds: float = 0.2

    def misbehave(self) -> None:
        time.sleep(self.seconds)


@dataclass(frozen=True, kw_only=True)
class CrashesLater(Honest):
    """Answers the first calls and then dies.

    Attributes
    ----------
    calls : int
    """

    calls: int = 5
    _made: ClassVar[list[int]] = []

    def misbehave(self) -> None:
        self._made.append(1)
        if len(self._made) > self.calls:
            os._exit(9)


@dataclass(frozen=True, kw_only=True)
class EatsMemory(Honest):
    def misbehave(self) -> None:
        kept = []
        while True:
            kept.append(np.ones(1 << 20))


@dataclass(frozen=True, kw_only=True)
class GivesNaN(Honest):
    def answer(self, state: Problem) -> Fit:
        return Fit(np.full(state.X.shape[1], np.nan), 0.0, True, None)


@dataclass(frozen=True, kw_only=True)
class WrongShape(Honest):
    def answer(self, state: Problem) -> Fit:
        return Fit(np.zeros(state.X.shape[1] + 1), 0.0, True, None)


@dataclass(frozen=True, kw_only=True)
class NoFit(Honest):
    def answer(self, state: Problem) -> Any:
        return [1.0]


@dataclass(frozen=True, kw_only=True)
class Prints(Honest):
    def misbehave(self) -> None:
        print('{"status": "error", "reason": "a print that looks like an answer"}', flush=True)
        os.write(1, b"straight to the descriptor\n")
        sys.stdin.read()


@dataclass(frozen=True, kw_only=True)
class Differs(Honest):
    """Answers differently each time."""

    _made: ClassVar[list[int]] = []

    def answer(self, state: Problem) -> Fit:
        self._made.append(1)
        fit = super().answer(state)
        return Fit(fit.coef * (1 + 1e-6 * len(self._made)), fit.intercept, True, None)


@dataclass(frozen=True, kw_only=True)
class Refuses(Honest):
    def prepare(self, problem: Problem, device: str) -> Problem:
        raise Unsupported("this method solves nothing at all; use scratch_ols")


@dataclass(frozen=True, kw_only=True)
class NoLibrary(Honest):
    library: ClassVar[Library] = Library("no_such_library_anywhere", "no-such-library")


@dataclass(frozen=True, kw_only=True)
class WritesToInput(Honest):
    def answer(self, state: Problem) -> Fit:
        state.X[0, 0] = 1.0
        return super().answer(state)


@dataclass(frozen=True, kw_only=True)
class Walks(IterativeBackend[Problem]):
    """Goes to the answer in equal steps, and may fail on the way when it is walked without being timed.

    Attributes
    ----------
    tag : str
    epochs : int
    fault : {"", "raises", "exits", "blows up"}
        What happens once the path is read at an epoch before the last, which `solve` never does.
    step : float
    """

    step_option: ClassVar[str | None] = "step"

    tag: str = ""
    epochs: int = 20
    fault: str = ""
    step: float = 1.0

    def prepare(self, problem: Problem, device: str) -> Problem:
        return problem

    def path(self, state: Problem) -> Iterator[Snapshot]:
        answer = Honest().answer(state)

        def read(share: float) -> tuple[Any, float]:
            if share < 1 and self.fault == "raises":
                raise RuntimeError("lost on the way")
            if share < 1 and self.fault == "exits":
                os._exit(5)
            return share * answer.coef, share * answer.intercept

        for epoch in range(1, self.epochs + 1):
            share = epoch / self.epochs
            loss = 1e300**epoch if self.fault == "blows up" else 1.0
            yield Snapshot(epoch, partial(read, share), loss, converged=epoch == self.epochs)


EVERY = [
    Honest,
    NoOp, Raises, Segfaults, Exits, SystemExits, Killed, Hangs, HangsWithChild, Slow, CrashesLater, EatsMemory,
    GivesNaN, WrongShape, NoFit, Prints, Differs, Refuses, NoLibrary, WritesToInput, Walks,
]  # fmt: skip


def name_of(kind: type) -> str:
    """``CrashesLater`` is offered as ``fake_crasheslater``."""
    return f"fake_{kind.__name__.lower()}"
