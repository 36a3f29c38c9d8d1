"""Measures a suite with the ordinary runner, and explains its answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.config import Case, Suite
from harness.errors import DatasetError, LinbenchError
from harness.judgement.verdict import verdict
from harness.machine import cache_folder, commit_of, this_machine
from harness.results import Measurement, Row, Run, Store, load_run
from harness.runner import Observer, measure
from harness.runner.workers import Workers

if TYPE_CHECKING:  # these are imported only when there is something to explain
    from harness.explain.identified import Identified
    from harness.explain.question import Question

VERDICTS_TO_EXPLAIN = frozenset({"visible", "wrong"})

MOST_EXPLAINED = 4
"""Answers explained per dataset."""

MOST_VALUES = 2_000_000
"""Size of X above which nothing is explained: the search reads X several times."""


@dataclass(frozen=True, eq=False)
class Attempt:
    """A measured suite and the reasons found for its differing answers."""

    run: Run
    reasons: dict[str, Identified]
    """By case id: the problem that its answer solves."""


def attempt(suite: Suite, store: Store, observer: Observer) -> Attempt:
    """Measure a suite, and look for the reasons why answers differ.

    A case begins as soon as its own library is imported, so the first result does not wait for the last import.

    Raises
    ------
    DatasetError
        When the data cannot be loaded.
    StoreError
        When the store cannot be written.
    """
    writer = store.create(suite, this_machine(), commit_of(Path.cwd()))
    try:
        measure(suite, writer, _StopsWithoutData(observer), executors=partial(Workers, eager=True))
    except DatasetError:
        writer.path.unlink()  # an empty run must not become the latest
        raise
    finally:
        writer.close()
    run = load_run(writer.path)
    observer.doing("looking for the reasons")
    return Attempt(run, dict(_reasons(suite, run)))


class _StopsWithoutData:
    """An observer that ends the run when the data cannot be loaded."""

    def __init__(self, observer: Observer) -> None:
        self.planned, self.doing, self._measured = observer.planned, observer.doing, observer.measured

    def measured(self, measurement: Measurement) -> None:
        """Pass a measurement on; raise if it has no data."""
        if not measurement.data:
            raise DatasetError(measurement.reason)
        self._measured(measurement)


def _reasons(suite: Suite, run: Run) -> Iterator[tuple[str, Identified]]:
    cases = {case.id: case for case in suite.cases}
    questions: dict[str, Question | None] = {}
    explained: dict[str, int] = {}
    for row in run.rows:
        label = row.case.dataset_label
        is_iterative = row.worst.iterations is not None  # then the obvious reason is that it stopped too early
        if is_iterative or verdict.of(row) not in VERDICTS_TO_EXPLAIN or explained.get(label, 0) >= MOST_EXPLAINED:
            continue
        if label not in questions:
            questions[label] = _question(cases[row.case.id])
        if (found := _identified(questions[label], row)) is not None:
            explained[label] = explained.get(label, 0) + 1
            yield row.case.id, found


def _question(case: Case) -> Question | None:
    """The problem to search around; None if it is too large, or only a part of the data was fitted."""
    from harness.explain.data import question_of

    dataset = case.dataset.instance
    try:
        question = question_of(dataset, cache_folder() / "references")
    except LinbenchError:
        return None
    return question if question.X.size <= MOST_VALUES and not dataset.test_size else None


def _identified(question: Question | None, row: Row) -> Identified | None:
    from harness.explain.given import fitted
    from harness.explain.identified import identify

    worst = row.worst
    coef, level = worst.coef_original or worst.coef, worst.intercept_original
    level = worst.intercept if level is None else level
    if question is None or not coef or level is None or any(each is None for each in coef):
        return None
    values = np.array([*([level] if question.intercept else []), *coef], dtype=np.float64)
    return identify(question, fitted(values, row.case.dtype, intercept=question.intercept))
