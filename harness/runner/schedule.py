"""Rounds: fresh workers side by side, cells one at a time, sample by sample in an order drawn at random."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import psutil

from harness.config import Case, Plan, Suite
from harness.environments import build
from harness.machine import about, cache_folder
from harness.results import Measurement, Run, RunWriter, Status, Store, load_run, now
from harness.runner.precision import Precision
from harness.runner.problems import PreparedProblem, Shelf
from harness.runner.process import Lost
from harness.runner.workers import Workers

__all__ = ["Observer", "measure", "measure_new"]

Message = dict[str, Any]

TURN = 0.01
"""Seconds a cell is measured before the next is drawn."""

FEWEST_SAMPLES = 3
"""Samples a cell is given even if they take longer than the plan's seconds, but not longer than four times that."""


class Observer(Protocol):
    """Who wants to know how a run is getting on. Nothing it is told is needed to go on."""

    def planned(self, todo: Sequence[str], done: int) -> None:
        """The case of every measurement that is still to come, and how many are there already.

        Told again when it turns out that fewer will do.
        """

    def doing(self, what: str) -> None:
        """What is being done now."""

    def measured(self, measurement: Measurement) -> None:
        """A measurement is finished and on disk."""


def measure(suite: Suite, writer: RunWriter, observer: Observer) -> None:
    """Measure what the run still lacks; every measurement is on disk before the next is begun.

    Parameters
    ----------
    suite : Suite
    writer : RunWriter
        The run, new or resumed.
    observer : Observer
    """
    precision = Precision(suite.plan.precision, writer.earlier)

    def todo(number: int) -> list[Case]:
        cases = (case for case in suite.cases if (case.id, number) not in writer.done)
        return [case for case in cases if not precision.reached(case.id)]

    def plan(number: int) -> None:
        rest = [case.id for later in range(number, suite.plan.rounds) for case in todo(later)]
        observer.planned(rest, len(writer.done))

    plan(0)
    places = build(suite.used_environments, cache_folder(), observer)
    _remove_stale_folders()
    with tempfile.TemporaryDirectory(prefix=f"linbench-{os.getpid()}-") as folder:
        shelf = Shelf(Path(folder), cache_folder() / "references")
        for number in range(suite.plan.rounds):
            if suite.plan.precision is not None:
                plan(number)
            if cases := todo(number):
                workers = Workers(suite.plan, places)
                for measured in _Round(number, suite.plan, workers, shelf, writer, observer).run(cases):
                    precision.add(measured)
    writer.finish()


def measure_new(suite: Suite, store: Store, observer: Observer) -> Run:
    """Measure a suite for a verb's own use, as a run that is kept aside, and read it back.

    Raises
    ------
    StoreError
        When the store cannot be written.
    """
    writer = store.create(suite.record(), about(Path.cwd()), aside=True)
    try:
        measure(suite, writer, observer)
    finally:
        writer.close()
    return load_run(writer.path)


def _remove_stale_folders() -> None:
    """Remove the arrays of runs that were killed before they could."""
    for folder in Path(tempfile.gettempdir()).glob("linbench-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(eq=False)
class _Open:
    """A cell at work: what it has given so far and how much of its time limit is left."""

    case: Case
    problem: PreparedProblem
    left: float
    started: str = field(default_factory=now)
    opened: Message = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    control: list[float] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    elapsed: float = 0.0

    def enough(self, wanted: float) -> bool:
        """Whether the plan's seconds of samples are there."""
        return self.elapsed >= wanted and (len(self.seconds) >= FEWEST_SAMPLES or self.elapsed >= 4 * wanted)

    def samples_a_turn(self) -> int:
        """Samples that fit into a turn, at least one: asking for each alone would cost a tenth of a short one."""
        if not self.seconds:
            return 1
        longest = self.seconds[-1] * self.opened["repeats"] + self.control[-1]
        return max(1, int(TURN / longest))

    def begin_again(self, limit: float) -> None:
        """Forget the samples of a worker that was lost through no fault of this cell."""
        self.left = limit
        for samples in (self.seconds, self.cpu_seconds, self.control, self.order):
            samples.clear()
        self.elapsed = 0.0


class _Round:
    """One round over the cells that still lack it."""

    def __init__(
        self, number: int, plan: Plan, workers: Workers, shelf: Shelf, writer: RunWriter, observer: Observer
    ) -> None:
        self._number = number
        self._plan = plan
        self._shelf = shelf
        self._writer = writer
        self._observer = observer
        self._workers = workers
        self._random = random.Random(f"{writer.path.stem} {number}")  # noqa: S311 - an order, not a secret
        self._taken = 0
        self._measured: list[Measurement] = []

    def run(self, cases: list[Case]) -> list[Measurement]:
        """Measure these cells; no worker outlives the round."""
        try:
            self._observer.doing(f"importing {', '.join(sorted({Workers.key(case)[0] for case in cases}))}")
            self._workers.start(cases)
            for group in self._groups(cases):
                self._measure_group(group)
        finally:
            self._workers.end()
        return self._measured

    def _groups(self, cases: list[Case]) -> Iterator[list[Case]]:
        """The cells of one dataset at a time, so that what is compared is measured within the same minute.

        A dataset's cells are interleaved with one another, and only one dataset's arrays are at work at a time.
        """
        groups = [list(group) for _, group in groupby(cases, key=lambda case: case.dataset.label)]
        self._random.shuffle(groups)
        yield from groups

    def _measure_group(self, group: list[Case]) -> None:
        self._random.shuffle(group)
        pending = [
            _Open(case, problem, self._plan.limit) for case in group if (problem := self._problem(case)) is not None
        ]
        active: list[_Open] = []
        while pending or active:
            cell = pending.pop() if pending else self._random.choice(active)
            try:
                going_on = self._sample(cell) if cell in active else self._open(cell)
            except Lost as lost:
                going_on = False
                self._fail(cell, lost.status, lost.reason)
                self._workers.lose(cell.case)
                pending += self._stranded(cell, active)
            if going_on and cell not in active:
                active.append(cell)
            elif not going_on and cell in active:
                active.remove(cell)

    def _stranded(self, lost: _Open, active: list[_Open]) -> list[_Open]:
        """Take out the other cells of a worker that is gone, through no fault of theirs; they begin again."""
        key = self._workers.key(lost.case)
        stranded = [cell for cell in active if cell is not lost and self._workers.key(cell.case) == key]
        for cell in stranded:
            active.remove(cell)
            cell.begin_again(self._plan.limit)
        return stranded

    def _problem(self, case: Case) -> PreparedProblem | None:
        self._observer.doing(f"loading {case.dataset.label}")
        try:
            return self._shelf.problem(case)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the data is a row of the table
            self._record(
                Measurement(case=case.id, round=self._number, status="error", reason=_why(error), started=now())
            )
            return None

    def _open(self, cell: _Open) -> bool:
        self._observer.doing(f"preparing {cell.case.id}")
        problem, backend = cell.problem, cell.case.backend
        kind = type(backend.what)
        spec = {"module": kind.__module__, "class": kind.__qualname__, "options": backend.options}
        request = {"do": "open", "problem": problem.message(), "backend": spec, "device": cell.case.device}
        answer = self._ask(cell, request)
        if "status" in answer:
            self._fail(cell, answer["status"], answer["reason"])
            return False
        cell.opened = answer
        return True

    def _sample(self, cell: _Open) -> bool:
        self._observer.doing(f"measuring {cell.case.id}")
        samples = cell.samples_a_turn()
        answer = self._ask(cell, {"do": "sample", "samples": samples})
        if "status" in answer:
            self._fail(cell, answer["status"], answer["reason"])
            return False
        cell.seconds += answer["seconds"]
        cell.cpu_seconds += answer["cpu_seconds"]
        cell.control += answer["control"]
        cell.order += range(self._taken, self._taken + samples)
        cell.elapsed += sum(answer["seconds"]) * cell.opened["repeats"]
        self._taken += samples
        if not cell.enough(self._plan.seconds):
            return True
        self._close(cell)
        return False

    def _close(self, cell: _Open) -> None:
        answer = self._ask(cell, {"do": "close"})
        judged = cell.problem.judge(answer["fits"], cell.case.backend.what)
        self._record(
            Measurement(
                case=cell.case.id,
                round=self._number,
                status=judged.status,
                reason=judged.reason,
                started=cell.started,
                seconds=tuple(cell.seconds),
                cpu_seconds=tuple(cell.cpu_seconds),
                control=tuple(cell.control),
                order=tuple(cell.order),
                differing_fits=answer["differing_fits"],
                pools=answer["pools"] or {},
                versions=self._workers.versions(cell.case),
                data=cell.problem.fingerprint,
                scores=judged.scores,
                **cell.opened,
                **judged.answer,
            )
        )

    def _ask(self, cell: _Open, request: Message) -> Message:
        worker = self._workers.ready(cell.case)
        start = time.monotonic()
        late = f"took longer than the plan's limit of {self._plan.limit:g} s"
        answer = worker.ask({**request, "cell": cell.case.id}, cell.left, late)
        cell.left -= time.monotonic() - start
        return answer

    def _fail(self, cell: _Open, status: Status, reason: str) -> None:
        self._record(
            Measurement(
                case=cell.case.id,
                round=self._number,
                status=status,
                reason=reason,
                started=cell.started,
                versions=self._workers.versions(cell.case),
                data=cell.problem.fingerprint,
            )
        )

    def _record(self, measurement: Measurement) -> None:
        self._writer.append(measurement)
        self._measured.append(measurement)
        self._observer.measured(measurement)


def _why(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
