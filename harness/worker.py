"""The child process that fits and times: it is told what to do in JSON lines and answers in JSON lines.

It imports the standard library, NumPy, `harness.timing` and the one backend, so that it also runs in an environment
that holds another version of the library. Data reach it as memory-mapped arrays.

Requests, one a line on standard input, each answered by one line on what was standard output when the process
started (a library that prints is sent to standard error):

``{"do": "open", "cell": …, "problem": …, "backend": …, "device": …}``
    Prepare, make the first call, calibrate. Answer: ``{"prepare", "first_call", "repeats", "peak_memory_bytes",
    "first_use"}``.
``{"do": "sample", "cell": …, "samples": …}``
    So many samples of the cell, each followed by one of the control. Answer: ``{"seconds": […], "cpu_seconds": […],
    "control": […]}``.
``{"do": "close", "cell": …}``
    Forget the cell. Answer: ``{"fits": […], "differing_fits": bool, "pools": …}``.
``{"do": "control", "samples": …}``
    The control alone. Answer: ``{"seconds": […]}``.

A request that fails is answered by ``{"status", "reason"}``.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from backends.base import Backend, Fit, Missing, Problem, Unsupported
from harness.timing import Timed, calibrate, control_kernel, timed

__all__ = ["main"]

Message = dict[str, Any]

LARGEST_KEPT = 32 * 2**20
"""Bytes of the largest block whose memory is kept when it is freed: where glibc's own adjustment ends."""

MOST_FITS = 8
"""Fits of one cell that differ from one another and are kept; the worst of them is what the cell is judged by."""


def main() -> None:
    """Serve requests until standard input ends. The one argument is the worker's set-up in JSON."""
    setup = json.loads(sys.argv[1])
    die_with_parent(setup["parent"])
    settle_allocator()
    requests, answers = _claim_pipes()
    _limit_memory(setup["memory"])
    answers.write(json.dumps(_start(setup)) + "\n")
    session = Session()
    for line in requests:
        answers.write(json.dumps(session.answer(json.loads(line))) + "\n")


def die_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when its parent dies; elsewhere the end of standard input has to do."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def settle_allocator() -> None:
    """Make glibc keep freed memory as it does in a process that has once freed a large block.

    Left alone it raises its thresholds with the largest block freed so far: a fit that returns its work space to the
    system at every call, and takes it back page by page, is half as fast as the same fit after a larger one. Which
    cells a worker measured before would then decide a cell's time, by a factor of two here.
    """
    m_trim_threshold, m_mmap_threshold = -1, -3
    with contextlib.suppress(OSError, AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(m_mmap_threshold, LARGEST_KEPT)
        mallopt(m_trim_threshold, 2 * LARGEST_KEPT)


def release_free_memory() -> None:
    """Give freed memory back to the system, so that what a cell needs is not hidden in what an earlier one left."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _claim_pipes() -> tuple[Any, Any]:
    """Keep both pipes for the protocol; whatever a library prints goes to standard error, what it reads is empty."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


def _limit_memory(limit: int | None) -> None:
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _start(setup: Message) -> Message:
    """Import the library and say what was found."""
    start = time.perf_counter()
    try:
        module = importlib.import_module(setup["library"])
    except ImportError as error:
        absent = isinstance(error, ModuleNotFoundError)
        advice = f"install {setup['distribution']}" if absent else f"{setup['distribution']} is installed but broken"
        return {"status": "missing", "reason": f"{first_line(error)}; {advice}"}
    except Exception as error:  # noqa: BLE001 - a library may fail to import in any way; it costs its own cells
        return {"status": "error", "reason": f"importing {setup['library']}: {describe(error)}"}
    root = sys.modules[module.__name__.partition(".")[0]]
    return {
        "import_seconds": time.perf_counter() - start,
        "versions": {
            "python": sys.version.split()[0],
            "numpy": np.__version__,
            setup["distribution"]: str(getattr(root, "__version__", "unknown")),
        },
        "pools": _pools(),
    }


def _pools() -> dict[str, int] | None:
    """Threads of each pool that threadpoolctl finds, the most of those of one name; None where it is not installed."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return None
    found: dict[str, int] = {}
    for pool in threadpool_info():
        name = " ".join(filter(None, (pool["internal_api"], pool["version"])))
        found[name] = max(found.get(name, 0), pool["num_threads"])
    return found


@dataclass
class Cell:
    """A backend at work on a problem."""

    solve: Callable[[], Fit]
    repeats: int
    fits: list[Fit] = field(default_factory=list)
    differing: bool = False

    def keep(self, fit: Fit) -> None:
        """Remember a timed fit if no equal one is remembered yet."""
        if self.fits and not any(same_fit(fit, other) for other in self.fits):
            self.differing = True
        elif self.fits:
            return
        if len(self.fits) < MOST_FITS:
            self.fits.append(fit)


class Session:
    """The cells that are open, and the control they share."""

    def __init__(self) -> None:
        self._cells: dict[str, Cell] = {}
        self._used: set[tuple[type, str]] = set()
        self._control = control_kernel()
        self._control()
        self._baseline = _resident()

    def answer(self, request: Message) -> Message:
        """Do what is asked; an exception becomes a status with a reason."""
        try:
            return self._do(request)
        except MemoryError as error:
            return {"status": "out_of_memory", "reason": describe(error)}
        except Unsupported as error:
            return {"status": "unsupported", "reason": str(error)}
        except Missing as error:
            return {"status": "missing", "reason": str(error)}
        except ModuleNotFoundError as error:
            return {"status": "missing", "reason": f"{first_line(error)}; install it"}
        except Exception as error:  # noqa: BLE001 - whatever a backend raises is a row of the table
            status = "out_of_memory" if _is_memory_error(error) else "error"
            return {"status": status, "reason": describe(error)}

    def _do(self, request: Message) -> Message:
        match request["do"]:
            case "open":
                return self._open(request)
            case "sample":
                return self._sample(self._cells[request["cell"]], request["samples"])
            case "close":
                return self._close(self._cells.pop(request["cell"]))
            case "control":
                return {"seconds": [timed(self._control)[0].seconds for _ in range(request["samples"])]}
            case other:
                raise ValueError(f"unknown request {other!r}")

    def _open(self, request: Message) -> Message:
        gc.enable()
        gc.collect()
        gc.disable()
        release_free_memory()
        backend = load_backend(request["backend"])
        problem = load_problem(request["problem"])
        kind = type(backend), str(problem.X.dtype)
        first_use = kind not in self._used
        self._used.add(kind)
        before = _reset_peak()
        preparing, state = timed(lambda: backend.prepare(problem, request["device"]))
        with np.errstate(all="ignore"):
            first, fit = timed(lambda: backend.solve(state))
        peak = _peak()
        check_fit(fit, problem)
        cell = Cell(lambda: backend.solve(state), repeats=1)
        with np.errstate(all="ignore"):
            cell.repeats = calibrate(cell.solve, first.seconds)
        self._cells[request["cell"]] = cell
        return {
            "prepare": preparing.seconds,
            "first_call": first.seconds,
            "repeats": cell.repeats,
            "peak_memory_bytes": None if peak is None or before is None else self._baseline + max(0, peak - before),
            "first_use": first_use,
        }

    def _sample(self, cell: Cell, samples: int) -> Message:
        taken: list[tuple[Timed, Timed]] = []
        for _ in range(samples):
            with np.errstate(all="ignore"):
                sample, fit = timed(cell.solve, cell.repeats)
            control, _ = timed(self._control)
            cell.keep(fit)
            taken.append((sample, control))
        return {
            "seconds": [sample.seconds for sample, _ in taken],
            "cpu_seconds": [sample.cpu_seconds for sample, _ in taken],
            "control": [control.seconds for _, control in taken],
        }

    def _close(self, cell: Cell) -> Message:
        with np.errstate(all="ignore"):
            fits = [fit_message(fit) for fit in cell.fits]
        return {"fits": fits, "differing_fits": cell.differing, "pools": _pools()}


def load_backend(spec: Message) -> Backend[Any]:
    """The backend from its module, its class's name and its options."""
    kind = getattr(importlib.import_module(spec["module"]), spec["class"])
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in spec["options"].items()}
    backend: Backend[Any] = kind(**options)
    return backend


def load_problem(spec: Message) -> Problem:
    """The problem over arrays that are mapped, not read."""
    X = np.asarray(np.load(spec["X"], mmap_mode="r", allow_pickle=False))
    y = np.asarray(np.load(spec["y"], mmap_mode="r", allow_pickle=False))
    return Problem(X, y, spec["intercept"], spec["l2"])


def check_fit(fit: object, problem: Problem) -> None:
    """Hold an answer to the contract.

    Raises
    ------
    TypeError, ValueError
        When it is no Fit, or its coefficients are not ``(n_features,)`` float64.
    """
    if not isinstance(fit, Fit):
        raise TypeError(f"solve gave {type(fit).__name__}, wanted Fit")
    wanted = (problem.X.shape[1],)
    coef = np.asarray(fit.coef)
    if coef.shape != wanted:
        raise ValueError(f"solve gave coefficients of shape {coef.shape}, wanted {wanted}")
    if coef.dtype != np.float64:
        raise TypeError(f"solve gave coefficients of dtype {coef.dtype}, wanted float64")
    if not problem.intercept and fit.intercept != 0.0 and np.isfinite(fit.intercept):
        raise ValueError(f"solve gave the intercept {fit.intercept} for a problem without one, wanted 0.0")


def same_fit(a: Fit, b: Fit) -> bool:
    """Whether two fits are the same to the last bit."""
    return (
        np.array_equal(a.coef, b.coef, equal_nan=True)
        and np.array_equal(a.intercept, b.intercept, equal_nan=True)
        and (a.converged, a.iterations, a.rank) == (b.converged, b.iterations, b.rank)
    )


def fit_message(fit: Fit) -> Message:
    """A fit as JSON has it; Python's JSON keeps every bit of a float, NaN and infinity included."""
    said = None if fit.inference is None else fit.inference()
    return {
        "standard_errors": None if said is None else np.asarray(said.standard_errors, dtype=np.float64).tolist(),
        "r_squared": None if said is None else float(said.r_squared),
        "coef": np.asarray(fit.coef).tolist(),
        "intercept": float(fit.intercept),
        "converged": bool(fit.converged),
        "iterations": None if fit.iterations is None else int(fit.iterations),
        "rank": None if fit.rank is None else int(fit.rank),
    }


def describe(error: BaseException) -> str:
    """The error in one line, with the place it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {first_line(error)}{place}"


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or its type when it has none."""
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__


def _is_memory_error(error: Exception) -> bool:
    """Libraries with allocators of their own raise errors of their own."""
    words = str(error).lower()
    return type(error).__name__ == "OutOfMemoryError" or any(
        said in words for said in ("out of memory", "can't allocate memory", "failed to allocate", "bad_alloc")
    )


def _status_bytes(key: str) -> int | None:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith(key):
                return int(line.split()[1]) * 1024
    return None


def _resident() -> int:
    return _status_bytes("VmRSS") or 0


def _reset_peak() -> int | None:
    """Set the peak of resident memory back to the present; None where the system has no such thing."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return None
    return _status_bytes("VmRSS")


def _peak() -> int | None:
    return _status_bytes("VmHWM")


if __name__ == "__main__":
    main()
