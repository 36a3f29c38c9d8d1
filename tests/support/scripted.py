"""A round without processes: an executor that answers what a test wrote down, by a clock of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.config import Case, CaseKey, Component, Plan, Suite
from harness.datasets.linear import Linear
from harness.loader.__main__ import Loaded as Child
from harness.passes import Tell, untold
from harness.records import from_values
from harness.reference.decimals import CertifiedEstimates
from harness.results import Measurement
from harness.runner.executor import Failure
from harness.runner.loading import request_of
from harness.runner.problems import PreparedProblem
from harness.runner.protocol import Closed, Descended, FitAnswer, Greeting, Loaded, Opened, Sampled
from tests.support.fakes import Honest, Walks

CONTROL = 0.001

__all__ = ["DirectLoader", "Script", "ScriptedExecutor", "Watcher", "case", "suite_of"]


@dataclass
class Script:
    """How a case behaves.

    Attributes
    ----------
    worker : str
        What it shares with the cases of its worker.
    seconds : float
        Per call, by the script's clock.
    repeats : int
    failures : mapping of str to (Failure or None)
        What the next requests of a kind raise, first to last; None for one that is answered.
    iterations : int or None
    fit : mapping
        In place of fields of the exact answer.
    changes : mapping of str to str
        What requests of a kind change in their worker.
    writes : str
        The kind of request that writes to the problem's files, once.
    differing : bool
        Whether its fits differ in a worker that is not its own.
    clock : float
        Seconds by the script's clock per second of calls that the worker claims.
    control : float
        Seconds of the control.
    stream : tuple of float
        Seconds of the streaming control, per request.
    building : float
        Seconds by the script's clock to make what it needs once per machine.
    """

    worker: str = "one"
    seconds: float = 0.25
    repeats: int = 1
    failures: dict[str, list[Failure | None]] = field(default_factory=dict)
    iterations: int | None = None
    fit: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, str] = field(default_factory=dict)
    writes: str = ""
    differing: bool = False
    clock: float = 1.0
    control: float = CONTROL
    stream: tuple[float, ...] = ()
    building: float = 0.0


class ScriptedExecutor:
    """Answers from scripts, by the tag of a case's backend.

    Attributes
    ----------
    asked : list of (str, str)
        What was asked, and of which tag, in order.
    limits : list of (str, float)
        The limit of each request, by tag.
    now : float
        Seconds on its clock.
    earlier : set of str
        Workers whose changes are found out only later, when another case may be at work.
    """

    def ready(self, cases: Sequence[Case], *, wait: bool) -> Sequence[Case]:
        return cases

    def __init__(self, scripts: Mapping[str, Script]) -> None:
        self.scripts = scripts
        self.asked: list[tuple[str, str]] = []
        self.limits: list[tuple[str, float]] = []
        self.now = 0.0
        self.earlier: set[str] = set()
        self._problems: dict[str, PreparedProblem] = {}
        self._isolated: set[str] = set()
        self._changed: dict[str, tuple[str, ...]] = {}

    def __call__(self, plan: Plan, places: object) -> ScriptedExecutor:
        """Stand in for the class of an executor."""
        return self

    def _ask(self, kind: str, case: Case, limit: float | None = None) -> Script:
        tag = tag_of(case)
        self.asked.append((kind, tag))
        if limit is not None:
            self.limits.append((tag, limit))
        script = self.scripts[tag]
        due = script.failures.get(kind, [])
        failure = due.pop(0) if due else None
        if kind in script.changes:
            self._changed[self.worker_of(case)] = (script.changes[kind],)
        if script.writes == kind:
            script.writes = ""
            files = self._problems[tag].files
            files["X"].chmod(0o600)
            files["X"].write_bytes(files["X"].read_bytes())
        if isinstance(failure, Failure):
            raise failure
        return script

    def start(self, cases: Sequence[Case]) -> None:
        self.asked.append(("start", ""))

    def worker_of(self, case: Case) -> str:
        tag = tag_of(case)
        return f"{tag}'s own" if tag in self._isolated else self.scripts[tag].worker

    def isolate(self, case: Case) -> None:
        self._isolated.add(tag_of(case))

    def greeting(self, case: Case) -> Greeting:
        control = (CONTROL,) * 20
        return Greeting(import_seconds=0.1, versions={"python": "3.11.7"}, pools={}, control=control)

    def changed(self, case: Case) -> tuple[str, ...]:
        return self._changed.get(self.worker_of(case), ())

    def changed_earlier(self, case: Case) -> bool:
        worker = self.worker_of(case)
        return bool(self._changed.get(worker)) and worker in self.earlier

    def build(self, case: Case) -> None:
        self.now += self._ask("build", case).building

    def open(self, case: Case, problem: PreparedProblem, limit: float) -> Opened:
        self._problems[tag_of(case)] = problem
        script = self._ask("open", case, limit)
        self.now += script.seconds
        return Opened(prepare=0.0, first_call=script.seconds, peak_memory_bytes=None, first_use=True)

    def sample(self, case: Case, samples: int, limit: float) -> Sampled:
        script = self._ask("sample", case, limit)
        self.now += samples * (script.seconds * script.repeats * script.clock + script.control)
        each = (script.seconds,) * samples
        beside = {"control": (script.control,) * samples, "stream": script.stream}
        return Sampled(repeats=script.repeats, seconds=each, cpu_seconds=each, **beside)

    def close(self, case: Case, limit: float, *, keep: bool) -> Closed:
        script = self._ask("close", case, limit)
        exact = self._problems[tag_of(case)].reference
        fit = {
            "coef": tuple(exact.coef.tolist()), "intercept": exact.intercept, "converged": True,
            "iterations": script.iterations, "rank": None, "standard_errors": None, "r_squared": None,
        }  # fmt: skip
        differing = script.differing and self.worker_of(case) == script.worker
        return Closed(fits=(FitAnswer(**{**fit, **script.fit}),), differing_fits=differing, pools={})

    def descend(self, case: Case, epochs: Sequence[int], limit: float) -> Descended:
        self._ask("descend", case, limit)
        p = len(self._problems[tag_of(case)].reference.coef)
        return Descended(
            epochs=tuple(epochs), coef=((0.0,) * p,) * len(epochs), intercept=(0.0,) * len(epochs), late=False
        )

    def lose(self, case: Case) -> None:
        self.asked.append(("lose", self.worker_of(case)))
        self._changed.pop(self.worker_of(case), None)

    def monotonic(self) -> float:
        return self.now

    def end(self) -> None:
        self.asked.append(("end", ""))


class DirectLoader:
    """Loads datasets in the test's own process."""

    def __init__(self, plan: Plan | None = None) -> None:
        self._plan = plan or Plan()
        self._child = Child()

    def start(self) -> None:
        pass

    def close(self) -> None:
        pass

    def load(self, case: Case, files: dict[str, Path], tell: Tell = untold, kept: Path | None = None) -> Loaded:
        request = request_of(case, self._plan, files, kept)
        return from_values(Loaded, self._child.answer(request, tell)["answer"])

    def certify(self) -> CertifiedEstimates:
        return from_values(CertifiedEstimates, self._child.answer({"do": "certify"})["answer"])


class Watcher:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.measurements: list[Measurement] = []
        self.plans: list[list[str]] = []
        self.told: list[str] = []

    def planned(self, todo: Sequence[CaseKey], done: int) -> None:
        self.plans.append([each.id for each in todo])

    def doing(self, what: str) -> None:
        self.told.append(what)

    def measured(self, measurement: Measurement) -> None:
        self.measurements.append(measurement)


def tag_of(case: Case) -> str:
    tag: str = case.backend.instance.tag
    return tag


def case(tag: str, *, walks: bool = False, seed: int = 0) -> Case:
    """A case of that tag, iterative if it walks, on the dataset of that seed."""
    dataset = Component("linear", Linear(n_samples=8, seed=seed))
    backend = Component("walks", Walks(tag=tag)) if walks else Component("honest", Honest(tag=tag))
    return Case(dataset, backend, "cpu", "float64")


def suite_of(cases: Sequence[Case], **plan: Any) -> Suite:
    """A suite of these cases."""
    return Suite("scripted", "", Path(), Plan(**{"seconds": 1.0, "limit": 60.0, **plan}), tuple(cases))
