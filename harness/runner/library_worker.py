"""The parent's handle of one worker: its requests and answers as typed records."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from backends.base import LOSS_BLOW_UP, Backend, Device, Library
from harness.config import Case
from harness.environments import Built
from harness.runner.executor import Lost
from harness.runner.problems import PreparedProblem
from harness.runner.process import ChildProcess
from harness.runner.protocol import Closed, Controlled, Descended, Greeting, Limits, Opened, Ready, Sampled

T = TypeVar("T")

START_LIMIT = 120.0
"""Seconds in which a worker must import its library."""

CONTROL_LIMIT = 60.0
"""Seconds that samples of the control may take."""

ROOF_LIMIT = 60.0
"""Seconds that measuring the machine's limits may take."""

BUILD_LIMIT = 330.0
"""Seconds in which a method must make what it needs once per machine; longer than the limit of its compiler."""

LATE_BUILD = f"what it needs once per machine was not made within {BUILD_LIMIT:g} s"

DESCENT_GRACE = 0.8
"""Share of a descent's limit after which the worker stops it by itself, so that what it has is kept."""

HERE = Built()
"""The environment that linbench itself runs in."""


class LibraryWorker(ChildProcess):
    """One child process that has imported one library. Every request raises `Failure` or `Lost`, and nothing else.

    Parameters
    ----------
    device : {"cpu", "cuda"}
    memory : int
        Most bytes that it and its descendants may hold.
    late : str
        The reason given to a case that exceeds its limit.
    place : Built
        The interpreter and its module search path.
    meanwhile : callable, optional
        Called repeatedly while the parent waits for an answer.
    controls : int, optional
        Samples of the control that it begins with; the worker's own default when left out.
    """

    def __init__(
        self,
        library: Library,
        *,
        device: Device,
        threads: int,
        memory: int,
        late: str = "took longer than its limit",
        place: Built = HERE,
        meanwhile: Callable[[], None] | None = None,
        controls: int | None = None,
    ) -> None:
        # A CUDA context reserves far more address space than it uses; there only the resident memory is watched.
        setup = {
            "library": library.module,
            "distribution": library.distribution,
            "program": library.program,
            "memory": memory if device == "cpu" else None,
            "controls": controls,
        }
        self._late = late
        self._built: set[tuple[str, bool]] = set()
        super().__init__("harness.worker", setup, threads=threads, memory=memory, place=place, meanwhile=meanwhile)

    def greeting(self) -> Greeting:
        """Wait until the library is imported."""
        return self.first(Greeting, START_LIMIT, f"did not import its library within {START_LIMIT:g} s")

    def control(self, samples: int) -> tuple[float, ...]:
        """Seconds of the control kernel alone, sample by sample."""
        request = {"do": "control", "samples": samples}
        return self.ask(Controlled, request, CONTROL_LIMIT, "the control took too long").seconds

    def roof(self) -> Limits:
        """The machine's peak rates with this worker's number of threads."""
        return self.ask(Limits, {"do": "roof"}, ROOF_LIMIT, "the machine's limits took too long to measure")

    def build(self, case: Case) -> None:
        """Make what the case's method needs once per machine, unless this worker has done so already."""
        made = case.backend.label, case.dataset.instance.many
        if made not in self._built:
            request = {"do": "build", "backend": _backend(case), "many": case.dataset.instance.many}
            self.ask(Ready, {**request, "case": case.id}, BUILD_LIMIT, LATE_BUILD)
            self._built.add(made)

    def open(self, case: Case, problem: PreparedProblem, limit: float) -> Opened:
        """Prepare a case and make its first call."""
        request = {"do": "open", "problem": problem.message(), "backend": _backend(case), "device": case.device}
        return self._ask(Opened, case, request, limit)

    def sample(self, case: Case, samples: int, limit: float) -> Sampled:
        """Take so many samples, each followed by one of the control."""
        sampled = self._ask(Sampled, case, {"do": "sample", "samples": samples}, limit)
        own = len(sampled.own_seconds) or samples
        if {len(sampled.seconds), len(sampled.cpu_seconds), len(sampled.control), own} != {samples}:
            self.end()
            raise Lost("crashed", f"its worker gave another number of samples than the {samples} it was asked for")
        return sampled

    def close(self, case: Case, limit: float, *, keep: bool) -> Closed:
        """Return the fits, and forget the case unless it is kept for its descent."""
        return self._ask(Closed, case, {"do": "close", "keep": keep}, limit)

    def descend(self, case: Case, epochs: Sequence[int], limit: float) -> Descended:
        """Repeat the iterations, keep those of these epochs, and forget the case."""
        request = {"do": "descend", "epochs": list(epochs), "seconds": DESCENT_GRACE * limit, "blow_up": LOSS_BLOW_UP}
        return self._ask(Descended, case, request, limit)

    def _ask(self, kind: type[T], case: Case, request: dict[str, Any], limit: float) -> T:
        return self.ask(kind, {**request, "case": case.id}, limit, self._late)


def builds(case: Case) -> bool:
    """Whether the case's method makes something once per machine; older versions of `Backend` cannot say so."""
    return type(case.backend.instance).build is not Backend.build


def _backend(case: Case) -> dict[str, Any]:
    kind = type(case.backend.instance)
    return {"module": kind.__module__, "class": kind.__qualname__, "options": case.backend.options}
