"""A worker's open cases, and its answers to requests."""

import gc
import importlib
import math
import sys
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from backends.base import Backend, Device, Fit, Problem, Unsupported
from harness.timing import (
    STREAM_EVERY,
    STREAMED_FROM,
    Timed,
    Timer,
    calibration,
    control_kernel,
    stream_kernel,
    timer,
)
from harness.worker import fits, roof, system
from harness.worker.failures import failure, first_line, plain
from harness.worker.fits import check_fit, copied, fit_values, same_fit
from harness.worker.libraries import import_library, is_file
from harness.worker.many import most_answers
from harness.worker.state import SharedState, thread_pools
from harness.worker.system import peak_memory, release_free_memory, reset_peak_memory, resident_memory, resident_of

Message = dict[str, Any]

MOST_FITS = 8
"""Most differing fits of one case that are kept; the case is judged by the worst of them."""

OPTIONAL_ARRAYS = ("ranges", "weights")
"""Arrays that only some problems have."""

FIRST_CONTROLS = 20
"""Samples of the control before anything but NumPy is imported, by default; those beside a case are compared with
them."""


@dataclass
class OpenCase:
    """A backend prepared on a problem."""

    backend: Backend[Any]
    problem: Any
    state: Any = None
    device: Device = "cpu"
    repeats: int = 1
    fits: list[Fit] = field(default_factory=list)
    differing: bool = False
    since_stream: float = math.inf
    """Seconds of samples since the streaming control was timed."""

    @property
    def streams(self) -> bool:
        """Whether its problem exceeds a core's cache, so that the streaming control may predict its time."""
        return int(self.problem.X.nbytes + self.problem.y.nbytes) >= STREAMED_FROM

    def solve(self) -> Any:
        """The call that is timed."""
        many = not isinstance(self.problem, Problem)
        return self.backend.solve_many(self.state) if many else self.backend.solve(self.state)

    def versions(self) -> dict[str, str]:
        """Versions that only the prepared method knows, such as another program's; none in older backends."""
        tell = getattr(self.backend, "versions", None)
        return {} if tell is None else {plain(name): plain(version) for name, version in tell(self.state).items()}

    def outside_bytes(self) -> int:
        """Memory of the programs that the method runs."""
        tell = getattr(self.backend, "outside_bytes", None)
        return 0 if tell is None else int(tell(self.state))

    def outside_cpu_clock(self) -> Callable[[], float] | None:
        """A clock of those programs' processor seconds; None where the method runs none."""
        tell = getattr(type(self.backend), "outside_cpu_seconds", None)
        if tell is None or tell is getattr(Backend, "outside_cpu_seconds", None):  # None in older commits
            return None
        return lambda: float(tell(self.backend, self.state))

    def cost(self, fit: Fit) -> Message | None:
        """The method's declared cost; None where it declares none, as older backends do."""
        tell = getattr(self.backend, "cost", None)
        if tell is None or not isinstance(self.problem, Problem):
            return None
        from backends.base import Workload  # missing in older commits

        (n, d), problem = self.problem.X.shape, self.problem
        passes = int(fit.iterations or 0)
        said = tell(Workload(n, d, problem.intercept, problem.X.itemsize, problem.l2 > 0, self.device, passes))
        return None if said is None else {"flops": float(said.flops), "bytes": float(said.bytes)}

    def keep(self, fit: Fit) -> None:
        """Copy a timed fit, unless an equal one is kept already."""
        for other in self.fits:
            if same_fit(fit, other):
                return
        check_fit(fit, self.problem)
        self.differing = bool(self.fits)
        if len(self.fits) < min(MOST_FITS, most_answers(fit)):
            self.fits.append(copied(fit))


class Session:
    """The open cases, and the controls they share.

    Parameters
    ----------
    controls : int
        Samples of the control to begin with.
    """

    def __init__(self, controls: int = FIRST_CONTROLS) -> None:
        self._cases: dict[str, OpenCase] = {}
        self._used: set[tuple[type, str]] = set()
        self._timed: Timer = timer()
        self._repeats_after = calibration()
        self._clock = time.monotonic
        self._control = control_kernel()
        self._control()
        self._first_controls = [self._timed(self._control)[0].seconds for _ in range(controls)]
        self._stream: Callable[[], object] | None = None
        self._state = SharedState((fits, system, Session, OpenCase))
        self._baseline = 0

    def start(self, setup: Message) -> Message:
        """Import the library; answer with its version, its thread pools and the first control samples."""
        began = self._clock()
        gc.disable()  # an import makes little garbage, but collecting it takes a tenth of the import's time
        try:
            module = import_library(setup["library"])
        except ImportError as error:
            absent = isinstance(error, ModuleNotFoundError)
            distribution = setup["distribution"]
            if is_file(setup["library"]):
                advice = f"{distribution} needs it"
            else:
                advice = f"install {distribution}" if absent else f"{distribution} is installed but broken"
            return {"failed": {"status": "missing", "reason": f"{first_line(error)}; {advice}"}}
        except Exception as error:  # noqa: BLE001 - however a library fails to import, only its own cases fail
            found = failure(error)["failed"]
            status = found["status"] if found["status"] == "out_of_memory" else "error"
            return {"failed": {"status": status, "reason": f"importing {setup['distribution']}: {found['reason']}"}}
        gc.disable()  # again, in case the library enabled it
        gc.freeze()  # exclude what was imported from later collections, which would scan all of it
        self._state.record_start()
        self._baseline = resident_memory()
        versions = {"python": sys.version.split()[0], "numpy": np.__version__}
        if not (setup["program"] or is_file(setup["library"])):  # a program reports its own version once it runs
            root = sys.modules[module.__name__.partition(".")[0]]
            versions[setup["distribution"]] = plain(str(getattr(root, "__version__", "unknown")))
        return {
            "answer": {
                "import_seconds": self._clock() - began,
                "versions": versions,
                "pools": thread_pools(),
                "control": self._first_controls,
            }
        }

    def answer(self, request: Message) -> Message:
        """Answer a request, or its failure, with what it changed in the process."""
        thoroughly = request["do"] != "sample"
        earlier = thoroughly and bool(self._changes(thoroughly=True))  # sampling may have hidden a change
        try:
            done = {"answer": self._do(request)}
        except Exception as error:  # noqa: BLE001 - whatever a backend raises ends as a row
            done = failure(error)
        return {**done, "changed": self._changes(thoroughly=thoroughly), "earlier": earlier}

    def _changes(self, *, thoroughly: bool) -> list[str]:
        """What was changed in the process; that this cannot be determined counts as a change, too."""
        try:
            return self._state.changes(thoroughly=thoroughly)
        except Exception as error:  # noqa: BLE001 - a backend may have patched even builtins
            return [f"Python's own functions ({first_line(error)})"]

    def _do(self, request: Message) -> Message:
        name = request.get("case", "")
        match request["do"]:
            case "build":
                backend = load_backend(request["backend"])
                getattr(backend, "build_many" if request["many"] else "build", backend.build)()
                return {}
            case "open":
                return self._open(request)
            case "sample":
                return self._sample(self._cases[name], request["samples"])
            case "close":
                return self._close(self._cases[name] if request["keep"] else self._cases.pop(name))
            case "descend":
                return self._descend(self._cases.pop(name), request)
            case "control" | "roof":
                return self._measure_machine(request)
            case other:
                raise ValueError(f"unknown request {other!r}")

    def _measure_machine(self, request: Message) -> Message:
        """Answer a request about the machine rather than a case."""
        if request["do"] == "roof":
            return roof.measure()
        return {"seconds": [self._timed(self._control)[0].seconds for _ in range(request["samples"])]}

    def _open(self, request: Message) -> Message:
        gc.collect()
        release_free_memory()
        backend = load_backend(request["backend"])
        problem = load_problem(request["problem"])
        kind = type(backend), str(problem.X.dtype)
        first_use = kind not in self._used
        self._used.add(kind)
        many = not isinstance(problem, Problem)
        prepare = backend.prepare_many if many else backend.prepare
        check = getattr(backend, "check", None)  # None in older commits
        if check is not None:
            check(problem[0] if many else problem)
        data = {request["problem"]["X"], request["problem"]["y"]}
        opened = OpenCase(backend, problem, device=request["device"])
        self._make_stream(opened)  # before memory is measured: its arrays are not the case's
        before, mapped = reset_peak_memory(), resident_of(data)
        preparing, opened.state = self._timed(lambda: prepare(problem, request["device"]))
        with np.errstate(all="ignore"):
            first, fit = self._timed(opened.solve)
        peak, mapped = peak_memory(), resident_of(data) - mapped
        check_fit(fit, problem)
        self._cases[request["case"]] = opened
        return {
            "prepare": preparing.seconds,
            "first_call": first.seconds,
            "peak_memory_bytes": None
            if peak is None or before is None
            else self._baseline + max(0, peak - before - mapped) + opened.outside_bytes(),
            "first_use": first_use,
            "versions": opened.versions(),
        }

    def _make_stream(self, opened: OpenCase) -> None:
        """Make the streaming control where a case needs it; without enough memory the case does without."""
        if self._stream is None and opened.streams:
            with suppress(OSError):
                self._stream = stream_kernel()

    def _streamed(self, opened: OpenCase, seconds: float) -> list[float]:
        """A sample of the streaming control, once `STREAM_EVERY` seconds of samples have passed since the last."""
        opened.since_stream += seconds
        if self._stream is None or not opened.streams or opened.since_stream < STREAM_EVERY:
            return []
        opened.since_stream = 0.0
        return [self._timed(self._stream)[0].seconds]

    def _sample(self, opened: OpenCase, samples: int) -> Message:
        taken: list[tuple[Timed, Timed, float | None]] = []
        outside = opened.outside_cpu_clock()
        with np.errstate(all="ignore"):
            while len(taken) < samples:
                spent = 0.0 if outside is None else outside()
                sample, fit = self._timed(opened.solve, opened.repeats)
                if outside is not None:
                    cpu_seconds = sample.cpu_seconds + (outside() - spent) / opened.repeats
                    sample = sample._replace(cpu_seconds=cpu_seconds)
                opened.keep(fit)
                more = self._repeats_after(sample, opened.repeats)
                if more > opened.repeats:  # the sample was too short for the clock's resolution: discard it
                    opened.repeats = more
                    taken.clear()  # all samples of an answer must have the same number of calls
                    continue
                taken.append((sample, self._timed(self._control)[0], fits.own_seconds(fit)))
        return {
            "repeats": opened.repeats,
            "stream": self._streamed(opened, sum(sample.seconds for sample, _, _ in taken) * opened.repeats),
            "seconds": [sample.seconds for sample, _, _ in taken],
            "cpu_seconds": [sample.cpu_seconds for sample, _, _ in taken],
            "control": [control.seconds for _, control, _ in taken],
            "own_seconds": [own for _, _, own in taken if own is not None],
        }

    def _close(self, opened: OpenCase) -> Message:
        with np.errstate(all="ignore"):
            fits = [fit_values(fit, opened.cost(fit)) for fit in opened.fits]
        return {"fits": fits, "differing_fits": opened.differing, "pools": thread_pools()}

    def _descend(self, opened: OpenCase, request: Message) -> Message:
        """The iterates at the wanted epochs, until the method converges, diverges or runs out of time."""
        path: Callable[[Any], Any] = opened.backend.path  # type: ignore[attr-defined]  # of an iterative backend
        wanted: Collection[int] = frozenset(request["epochs"])
        deadline = self._clock() + request["seconds"]
        kept: list[tuple[int, list[float], float]] = []
        late, limit = False, None
        with np.errstate(all="ignore"):
            for snapshot in path(opened.state):
                late = self._clock() > deadline
                if late or snapshot.epoch in wanted or snapshot.converged:
                    coef, intercept = snapshot.read()
                    kept.append((int(snapshot.epoch), np.asarray(coef, dtype=np.float64).tolist(), float(intercept)))
                if snapshot.loss is not None:
                    limit = request["blow_up"] * snapshot.loss if limit is None else limit
                    if not snapshot.loss <= limit:  # also true of NaN
                        break
                if late:
                    break
        return {
            "epochs": [epoch for epoch, _, _ in kept],
            "coef": [coef for _, coef, _ in kept],
            "intercept": [intercept for _, _, intercept in kept],
            "late": late,
        }


def load_backend(spec: Message) -> Backend[Any]:
    """The backend, from its module, class name and options."""
    kind = getattr(importlib.import_module(spec["module"]), spec["class"])
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in spec["options"].items()}
    backend: Backend[Any] = kind(**options)
    return backend


def load_problem(spec: Message) -> Any:
    """The problem, or the stack of problems, over mapped arrays."""
    X = np.asarray(np.load(spec["X"], mmap_mode="r", allow_pickle=False))
    y = np.asarray(np.load(spec["y"], mmap_mode="r", allow_pickle=False))
    further = {name: np.load(spec[name], mmap_mode="r", allow_pickle=False) for name in OPTIONAL_ARRAYS if name in spec}
    if "ranges" in further:
        from backends.base import ProblemStack  # missing in older commits

        return ProblemStack(X, y, spec["intercept"], spec["l2"], np.asarray(further["ranges"]))
    if "weights" not in further:
        return Problem(X, y, spec["intercept"], spec["l2"])
    if "weights" not in {each.name for each in fields(Problem)}:
        raise Unsupported("this commit's Problem has no row weights; take the weights out, or compare later commits")
    return Problem(X, y, spec["intercept"], spec["l2"], np.asarray(further["weights"]))
