"""Process-wide state that a worker's cases share: a snapshot of it, and what has changed since."""

import builtins
import gc
import json
import locale
import math
import operator
import os
import resource
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import ModuleType
from typing import Any

import numpy as np

import harness.timing

MODULES: tuple[ModuleType, ...] = (builtins, time, math, os, json, np, np.linalg, np.random, harness.timing)
"""Modules whose functions are checked for patches."""

WATCHED = {
    np: "abs add all any array array_equal asarray ascontiguousarray column_stack concatenate dot einsum empty "
    "empty_like errstate exp geterr inner isfinite log matmul mean median multiply ones outer seterr sqrt square "
    "std subtract sum vdot zeros",
    time: "monotonic perf_counter perf_counter_ns process_time process_time_ns sleep time",
    np.linalg: "cholesky inv lstsq norm pinv qr solve svd",
    harness.timing: "Timed calibration control_kernel stream_kernel timer",
}
"""Functions that are checked after every turn of samples. All others, a thousand, are checked when a case is opened or
closed: that takes a third of a millisecond with a cold cache."""


MOST_NAMED = 3
"""Most patched functions of one module that are named."""


class Functions:
    """A snapshot of some functions of a module or a type."""

    def __init__(self, place: ModuleType | type, names: Iterable[str] | None = None) -> None:
        self._space: Mapping[str, object] = vars(place)
        chosen = [name for name, value in self._space.items() if callable(value)] if names is None else names
        self._name = place.__name__.rpartition(".")[2] if place.__name__.startswith("harness") else place.__name__
        self._names = tuple(chosen)
        self._values = tuple(map(self._space.get, self._names))

    def changed(self) -> list[str]:
        """The functions replaced since; the first few where there are many."""
        if all(map(operator.is_, map(self._space.get, self._names), self._values)):
            return []
        pairs = zip(self._names, self._values, strict=True)
        return [f"{self._name}.{name}" for name, value in pairs if self._space.get(name) is not value][:MOST_NAMED]


class SharedState:
    """A snapshot of the state, and what has changed since.

    Parameters
    ----------
    guarded : tuple of module or type
        Whose functions are checked, beside those of `MODULES`.
    """

    def __init__(self, guarded: tuple[ModuleType | type, ...] = ()) -> None:
        self._guarded = guarded
        self.record_start()

    def record_start(self) -> None:
        """Take the snapshot anew: what a library changes on import is not held against a case."""
        self._watched = [*(Functions(place, names.split()) for place, names in WATCHED.items())]
        self._watched += [Functions(place) for place in self._guarded]
        self._functions = [Functions(place) for place in (*MODULES, *self._guarded)]
        self._settings = {name: read() for name, read in SETTINGS.items()}
        self._pools = thread_pools()

    def changes(self, *, thoroughly: bool) -> list[str]:
        """What has changed, in words.

        Parameters
        ----------
        thoroughly : bool
            Whether to check every function and every thread pool too, which takes a millisecond.
        """
        changed = [name for name, read in SETTINGS.items() if _differ(read(), self._settings[name])]
        changed += [name for each in (self._functions if thoroughly else self._watched) for name in each.changed()]
        return [*changed, *self._changed_pools()] if thoroughly else changed

    def _changed_pools(self) -> list[str]:
        """Pools whose number of threads changed; pools loaded since are added to the snapshot."""
        now = thread_pools()
        changed = [
            f"the threads of {name}" for name, threads in now.items() if self._pools.get(name, threads) != threads
        ]
        self._pools = {**now, **self._pools}
        return changed


def thread_pools() -> dict[str, int]:
    """Threads of each pool that threadpoolctl finds, the most among pools of one name; empty without threadpoolctl."""
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
    """Whether a setting changed; one whose module was not imported before (None then) has not."""
    return then is not None and now != then


def _folder() -> str:
    with suppress(OSError):
        return os.getcwd()  # noqa: PTH109 - asked before every sample
    return ""


def _timers() -> tuple[Any, ...]:
    """Which alarms are armed, and their handlers; not the time left."""
    armed = (signal.getitimer(which) for which in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF))
    handlers = (signal.getsignal(which) for which in (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF))
    return *(left > 0 for left, _ in armed), *handlers


def _arithmetic() -> tuple[float, ...]:
    """Sums that reveal the processor's rounding mode, and whether it flushes subnormal numbers to zero."""
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
    """Whether modules are found as at the start; a library may add folders of its own."""
    return sys.modules.get("numpy") is np and frozenset(sys.path) >= PATH


SETTINGS: dict[str, Callable[[], object]] = {
    "NumPy's error state": lambda: (tuple(np.geterr().items()), np.geterrcall()),
    "the working folder": _folder,
    "the locale": lambda: locale.setlocale(locale.LC_ALL, None),
    "alarms or timers": _timers,
    "garbage collection": gc.isenabled,
    "a trace or profile function": lambda: (sys.gettrace(), sys.getprofile()),
    "running Python threads": threading.active_count,
    "its processor affinity or priority": _scheduling,
    "the processor's rounding mode": _arithmetic,
    "its limits": lambda: tuple(map(resource.getrlimit, LIMITS)),
    "the recursion limit": lambda: sys.getrecursionlimit() >= DEPTH,
    "its module search path": _importable,
    "its warnings filter": lambda: any(each[0] == "error" for each in warnings.filters),
    "torch's default dtype": _torch("get_default_dtype"),
    "torch's threads": _torch("get_num_threads"),
}
"""Settings that a case could change and leave changed."""
