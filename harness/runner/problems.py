"""Problems on disk, where workers map them, with the exact answer to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from backends.base import Array, Problem
from harness.config import Case
from harness.datasets.base import Dataset, Scaling
from harness.reference import Reference, fingerprint, solve
from harness.reference.decimals import certify, reading_digits
from harness.results import ProblemRecord
from harness.runner.problem_record import problem_record

__all__ = ["PreparedProblem", "ProblemStore"]


@dataclass(frozen=True, eq=False)
class PreparedProblem:
    """One problem: the files that workers map, and the exact answer to it."""

    problem: Problem
    X_test: Array | None
    y_test: Array | None
    scaling: Scaling
    files: Mapping[str, str]
    reference: Reference
    certified: tuple[str, ...] | None
    record: ProblemRecord

    def message(self) -> dict[str, Any]:
        """The problem as a worker is told of it."""
        return {**self.files, "intercept": self.problem.intercept, "l2": self.problem.l2}


class ProblemStore:
    """Every problem that has been asked for, made once, its arrays saved where workers can map them.

    Parameters
    ----------
    folder : Path
        Where the arrays are put; the caller removes it.
    references : Path
        Where exact answers are kept from run to run.
    """

    def __init__(self, folder: Path, references: Path) -> None:
        self._folder = folder
        self._references = references
        self._problems: dict[tuple[str, str], PreparedProblem] = {}

    def problem(self, case: Case) -> PreparedProblem:
        """The case's problem.

        Raises
        ------
        DatasetError
            When its data cannot be loaded.
        """
        key = (case.dataset.label, case.dtype)
        if key not in self._problems:
            self._problems[key] = self._make(case)
        return self._problems[key]

    def _make(self, case: Case) -> PreparedProblem:
        dataset: Dataset = case.dataset.instance
        data = dataset.data(case.dtype)
        certified = certify(dataset, data)
        number = len(self._problems)
        X, X_file = self._saved(data.problem.X, f"{number}-X.npy")
        y, y_file = self._saved(data.problem.y, f"{number}-y.npy")
        vars(dataset).pop("table", None)  # now on disk; a suite's tables would not all fit in memory at once
        problem = Problem(X, y, data.problem.intercept, data.problem.l2)
        reference = solve(problem, self._references)
        read = reading_digits(reference, problem.intercept, certified)
        return PreparedProblem(
            problem=problem,
            X_test=data.X_test,
            y_test=data.y_test,
            scaling=data.scaling,
            files={"X": X_file, "y": y_file},
            reference=reference,
            certified=certified.estimates or None,
            record=problem_record(case, data, fingerprint(problem), certified, read),
        )

    def _saved(self, array: Array, name: str) -> tuple[Array, str]:
        path = self._folder / name
        np.save(path, array, allow_pickle=False)
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False)), str(path)
