"""A round without processes: an executor that answers what a test wrote down, by a clock of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.config import Case, Component, Plan, Suite
from harness.datasets.linear import Linear
from harness.results import Measurement
from harness.runner.executor import Failure
from harness.runner.problems import PreparedProblem
from harness.runner.protocol import Closed, Descended, FitAnswer, Opened, Sampled
from tests.support.fakes import Honest, Walks

__all__ = ["Script", "ScriptedExecutor", "Watcher", "case", "suite_of"]


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
    """

    worker: str = "one"
    seconds: float = 0.25
    repeats: int = 1
    failures: dict[str, list[Failure | None]] = field(default_factory=dict)
    iterations: int | None = None
    fit: dict[str, Any] = field(default_factory=dict)


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
    """

    def __init__(self, scripts: Mapping[str, Script]) -> None:
        self.scripts = scripts
        self.asked: list[tuple[str, str]] = []
        self.limits: list[tuple[str, float]] = []
        self.now = 0.0
        self._problems: dict[str, PreparedProblem] = {}

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
        if due and (failure := due.pop(0)) is not None:
            raise failure
        return script

    def start(self, cases: Sequence[Case]) -> None:
        self.asked.append(("start", ""))

    def worker_of(self, case: Case) -> str:
        return self.scripts[tag_of(case)].worker

    def versions(self, case: Case) -> Mapping[str, str]:
        return {"python": "3.11.7"}

    def open(self, case: Case, problem: PreparedProblem, limit: float) -> Opened:
        script = self._ask("open", case, limit)
        self._problems[tag_of(case)] = problem
        self.now += script.seconds
        return Opened(
            prepare=0.0, first_call=script.seconds, repeats=script.repeats, peak_memory_bytes=None, first_use=True
        )

    def sample(self, case: Case, samples: int, limit: float) -> Sampled:
        script = self._ask("sample", case, limit)
        self.now += samples * script.seconds * script.repeats
        each = (script.seconds,) * samples
        return Sampled(seconds=each, cpu_seconds=each, control=(0.001,) * samples)

    def close(self, case: Case, limit: float, *, keep: bool) -> Closed:
        script = self._ask("close", case, limit)
        exact = self._problems[tag_of(case)].reference
        fit = {
            "coef": tuple(exact.coef.tolist()), "intercept": exact.intercept, "converged": True,
            "iterations": script.iterations, "rank": None, "standard_errors": None, "r_squared": None,
        }  # fmt: skip
        return Closed(fits=(FitAnswer(**{**fit, **script.fit}),), differing_fits=False, pools={})

    def descend(self, case: Case, epochs: Sequence[int], limit: float) -> Descended:
        self._ask("descend", case, limit)
        p = len(self._problems[tag_of(case)].reference.coef)
        return Descended(
            epochs=tuple(epochs), coef=((0.0,) * p,) * len(epochs), intercept=(0.0,) * len(epochs), late=False
        )

    def lose(self, case: Case) -> None:
        self.asked.append(("lose", self.worker_of(case)))

    def monotonic(self) -> float:
        return self.now

    def end(self) -> None:
        self.asked.append(("end", ""))


class Watcher:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.measurements: list[Measurement] = []
        self.plans: list[list[str]] = []

    def planned(self, todo: Sequence[str], done: int) -> None:
        self.plans.append(list(todo))

    def doing(self, what: str) -> None:
        pass

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
