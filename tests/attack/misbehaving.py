"""One backend that does any of many wrong things at any moment of a measurement."""

import builtins
import gc
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from backends.base import Fit, Problem
from tests.support.bad_datasets import FAULTS as TAKES_ALONG
from tests.support.fakes import Honest
from tests.support.hostile import CHANGES, Forges

LATER = 4
"""The call that counts as a later one."""


def _raise(error: BaseException) -> Callable[[], object]:
    def act() -> object:
        raise error

    return act


class Odd(BaseException):
    """No Exception, so that nothing but an outer boundary catches it."""


def _spin() -> None:
    while True:
        pass


def _recurse() -> None:
    _recurse()


def _forge(words: str) -> Callable[[], object]:
    return lambda: Forges(words=words).misbehave()


def _close_descriptors() -> None:
    os.closerange(0, 64)


def _fork_on() -> None:
    for _ in range(10):
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)


def _grandchild() -> None:
    subprocess.Popen(["/bin/sh", "-c", "setsid sleep 600 & exit 0"]).wait()


def _threads() -> None:
    for _ in range(20):
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()


def _fill(folder: Path) -> None:
    for number in range(200):
        (folder / f"attack-{os.getpid()}-{number}").write_bytes(b"x" * 1024)
        (folder / f"attack-{os.getpid()}-{number}").unlink()


def _ignore_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _patch(holder: object, name: str, value: Any) -> Callable[[], object]:
    return lambda: setattr(holder, name, value)


def _no(*_: Any, **__: Any) -> Any:
    raise RuntimeError("patched away")


FAULTS: dict[str, Callable[[], object]] = {
    "nothing": lambda: None,
    "raise": _raise(RuntimeError("on fire\nin two lines")),
    "raise empty": _raise(ValueError()),
    "raise odd": _raise(Odd("neither here nor there")),
    "raise interrupt": _raise(KeyboardInterrupt()),
    "raise stop": _raise(StopIteration(3)),
    "raise long": _raise(ValueError("x" * 5_000_000)),
    "raise escapes": _raise(ValueError("\x1b[2J\x1b]0;owned\x07\u202e")),
    "raise surrogate": _raise(ValueError("\udcff")),
    "sys.exit": lambda: sys.exit(0),
    "exit 0": lambda: os._exit(0),
    "exit 9": lambda: os._exit(9),
    "abort": os.abort,
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "segfault": TAKES_ALONG["segfault"],
    "flood": TAKES_ALONG["flood"],
    "hang": TAKES_ALONG["hang"],
    "spin": _spin,
    "recurse": _recurse,
    "forge junk": _forge("junk\n"),
    "forge answer": _forge('{"id": 1, "answer": {}}\n'),
    "forge list": _forge("[]\n"),
    "forge deep": _forge("[" * 100_000 + "\n"),
    "forge digits": _forge("9" * 10_000 + "\n"),
    "forge binary": _forge("\x00\ufffd\n"),
    "print": lambda: print("x" * 100_000, flush=True),
    "print errors": lambda: print("y" * 100_000, file=sys.stderr, flush=True),
    "read": sys.stdin.read,
    "close": _close_descriptors,
    "fork": _fork_on,
    "grandchild": _grandchild,
    "threads": _threads,
    "signals": _ignore_signals,
    "clear environ": os.environ.clear,
    "clear path": sys.path.clear,
    "drop numpy": lambda: sys.modules.pop("numpy", None),
    "no garbage": gc.disable,
    "trace": lambda: sys.settrace(lambda *_: None),
    "profile": lambda: sys.setprofile(lambda *_: None),
    "warn": lambda: warnings.simplefilter("error"),
    "seed": lambda: (random.seed(0), np.random.seed(0)),  # noqa: NPY002 - the state that all share,
    "umask": lambda: os.umask(0o777),
    "few files": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8)),
    "nice": lambda: os.nice(10),
    "stack": lambda: sys.setrecursionlimit(60),
    "patch json": _patch(json, "dumps", _no),
    "patch sleep": _patch(time, "sleep", _no),
    "patch open": _patch(builtins, "open", _no),
    "patch array": _patch(np, "asarray", _no),
    "patch isfinite": _patch(np, "isfinite", lambda _: True),
    "patch monotonic": _patch(time, "monotonic", lambda: 0.0),
    "write temp": lambda: _fill(Path(tempfile.gettempdir())),
    **{f"change {name}": act for name, act in CHANGES.items()},
}
"""What it does, by name."""


def _with(fit: Fit, **fields: Any) -> Fit:
    """The fit with other fields, whatever they are."""
    return replace(fit, **fields)


ANSWERS: dict[str, Callable[[Fit], Any]] = {
    "none": lambda _: None,
    "list": lambda _: [1.0],
    "nan": lambda fit: _with(fit, coef=fit.coef * np.nan),
    "infinite": lambda fit: _with(fit, intercept=float("inf")),
    "huge": lambda fit: _with(fit, coef=np.full_like(fit.coef, 1e308)),
    "tiny": lambda fit: _with(fit, coef=np.full_like(fit.coef, 5e-324)),
    "complex": lambda fit: _with(fit, coef=fit.coef.astype(complex)),
    "object": lambda fit: _with(fit, coef=fit.coef.astype(object)),
    "text": lambda fit: _with(fit, coef=np.array(["1.0"] * len(fit.coef))),
    "integers": lambda fit: _with(fit, coef=fit.coef.astype(np.int64)),
    "empty": lambda fit: _with(fit, coef=np.zeros(0)),
    "square": lambda fit: _with(fit, coef=np.zeros((3, 3))),
    "column": lambda fit: _with(fit, coef=fit.coef.reshape(-1, 1)),
    "scalar": lambda fit: _with(fit, coef=1.0),
    "intercept none": lambda fit: _with(fit, intercept=None),
    "intercept text": lambda fit: _with(fit, intercept="0"),
    "intercept array": lambda fit: _with(fit, intercept=np.zeros(2)),
    "converged text": lambda fit: _with(fit, converged="yes"),
    "iterations negative": lambda fit: _with(fit, iterations=-1),
    "iterations large": lambda fit: _with(fit, iterations=10**5000),
    "iterations text": lambda fit: _with(fit, iterations="3"),
    "rank nan": lambda fit: _with(fit, rank=float("nan")),
    "rank large": lambda fit: _with(fit, rank=10**400),
    "inference number": lambda fit: _with(fit, inference=3.0),
}
"""What it answers in place of its fit, by name."""

MOMENTS = ("prepare", "first call", "later call", "inference")


@dataclass(frozen=True, kw_only=True)
class Misbehaves(Honest):
    """Does something wrong at some moment.

    Attributes
    ----------
    fault : str
        One of `FAULTS` or of `ANSWERS`.
    moment : {"prepare", "first call", "later call", "inference"}
        An answer is wrong at the first call, or from a later one on.
    """

    fault: str = "nothing"
    moment: str = "first call"
    _made: ClassVar[dict[object, int]] = {}

    def prepare(self, problem: Problem, device: str) -> Problem:
        self._act("prepare")
        return problem

    def solve(self, state: Problem) -> Any:
        made = self._made[self] = self._made.get(self, 0) + 1
        now = "later call" if made >= LATER else "first call" if made == 1 else ""
        self._act(now)
        fit = self.answer(state)
        if self.moment == "inference":
            return _with(fit, inference=lambda: self._act("inference"))
        wrong = self.fault in ANSWERS and self.moment in {"first call", now}
        return ANSWERS[self.fault](fit) if wrong else fit

    def _act(self, now: str) -> None:
        if now == self.moment and self.fault in FAULTS:
            FAULTS[self.fault]()
