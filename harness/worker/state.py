"""State that all cases of a worker share: what it was at the start, and what somebody has changed since."""

from __future__ import annotations

import builtins
import gc
import json
import locale
import math
import os
import resource
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import ModuleType
from typing import Any

import numpy as np

import harness.timing

__all__ = ["SharedState", "thread_pools"]

MODULES: tuple[ModuleType, ...] = (builtins, time, math, os, json, np, np.linalg, np.random, harness.timing)
"""Where a function that is another than it was at the start has been patched."""


class SharedState:
    """What the state was when this was made, and what has changed since.

    Parameters
    ----------
    guarded : tuple of module or type
        Whose functions are held against what they were, beside `MODULES`.
    """

    def __init__(self, guarded: tuple[ModuleType | type, ...] = ()) -> None:
        self._places = (*MODULES, *guarded)
        self.settle()

    def settle(self) -> None:
        """Take the state as it is for the start: what a library does when it is imported is not held against a case."""
        self._functions = {_name_of(each): (vars(each), _functions(each)) for each in self._places}
        self._settings = {name: read() for name, read in SETTINGS.items()}
        self._pools = thread_pools()

    def changes(self, *, thoroughly: bool) -> list[str]:
        """What is no longer as it was, in words.

        Parameters
        ----------
        thoroughly : bool
            Whether to ask every thread pool too, which takes a millisecond.
        """
        changed = [name for name, read in SETTINGS.items() if _differ(read(), self._settings[name])]
        changed += [
            f"{place}.{name}"
            for place, (now, then) in self._functions.items()
            for name, function in then.items()
            if now.get(name) is not function
        ][:MOST_NAMED]
        return [*changed, *self._changed_pools()] if thoroughly else changed

    def _changed_pools(self) -> list[str]:
        """Pools whose number of threads is another; one that has been loaded since is no change, and remembered."""
        now = thread_pools()
        changed = [
            f"the threads of {name}" for name, threads in now.items() if self._pools.get(name, threads) != threads
        ]
        self._pools = {**now, **self._pools}
        return changed


MOST_NAMED = 3
"""Patched functions that are named."""


def _name_of(place: ModuleType | type) -> str:
    return place.__name__.rpartition(".")[2] if place.__name__.startswith("harness") else place.__name__


def _functions(place: ModuleType | type) -> Mapping[str, object]:
    return {name: value for name, value in vars(place).items() if callable(value)}


def thread_pools() -> dict[str, int]:
    """Threads of each pool that threadpoolctl finds, the most of those of one name; none where it is not installed."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return {}
    found: dict[str, int] = {}
    for pool in threadpool_info():
        name = " ".join(filter(None, (pool["internal_api"], pool["version"])))
        found[name] = max(found.get(name, 0), pool["num_threads"])
    return found


def _differ(now: object, then: object) -> bool:
    """Whether a setting is another; one of a module that has been imported since (None before) is not."""
    return then is not None and now != then


def _folder() -> str:
    with suppress(OSError):
        return os.getcwd()  # noqa: PTH109 - asked before every sample
    return ""


def _timers() -> tuple[Any, ...]:
    """Alarms that are armed, and who hears them; the time that is left of one is not its state."""
    armed = (signal.getitimer(which) for which in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF))
    handlers = (signal.getsignal(which) for which in (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF))
    return *(left > 0 for left, _ in armed), *handlers


def _arithmetic() -> tuple[float, ...]:
    """Sums that show how the processor rounds, and whether it takes subnormal numbers for zero."""
    tiny, half_ulp = TINY, HALF_ULP
    return tiny * 0.5, 1.0 + half_ulp, 1.0 + 3 * half_ulp, -1.0 - half_ulp


TINY = 2.2250738585072014e-308
HALF_ULP = 2.0**-53


def _torch(name: str) -> Callable[[], object]:
    def read() -> object:
        torch = sys.modules.get("torch")
        get = getattr(torch, name, None)
        return get() if get is not None else None

    return read


def _scheduling() -> tuple[Any, ...]:
    affinity = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    return frozenset(affinity), os.getpriority(os.PRIO_PROCESS, 0)


LIMITS = (
    resource.RLIMIT_NOFILE,
    resource.RLIMIT_AS,
    resource.RLIMIT_DATA,
    resource.RLIMIT_STACK,
    resource.RLIMIT_FSIZE,
)
PATH = frozenset(sys.path)
DEPTH = sys.getrecursionlimit()


def _importable() -> bool:
    """Whether modules are found as at the start; a library may add places to find its own."""
    return sys.modules.get("numpy") is np and frozenset(sys.path) >= PATH


SETTINGS: dict[str, Callable[[], object]] = {
    "NumPy's error state": lambda: (tuple(np.geterr().items()), np.geterrcall()),
    "the working folder": _folder,
    "the locale": lambda: locale.setlocale(locale.LC_ALL, None),
    "alarms or timers": _timers,
    "garbage collection": gc.isenabled,
    "a trace or profile function": lambda: (sys.gettrace(), sys.getprofile()),
    "Python threads that go on": threading.active_count,
    "the processors or the priority it runs with": _scheduling,
    "the processor's rounding": _arithmetic,
    "the limits of the process": lambda: tuple(map(resource.getrlimit, LIMITS)),
    "the recursion limit": lambda: sys.getrecursionlimit() >= DEPTH,
    "where modules are found": _importable,
    "which warnings are errors": lambda: any(each[0] == "error" for each in warnings.filters),
    "torch's default dtype": _torch("get_default_dtype"),
    "torch's threads": _torch("get_num_threads"),
}
"""Settings that a case could leave another way than it found them."""
