"""Problems on disk, where workers map them, and the judge of their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from backends.base import Array, Inference, Problem
from harness.config import Case
from harness.datasets.base import Dataset, Scaling
from harness.metrics import score
from harness.reference import Reference, fingerprint, solve
from harness.results import Status

__all__ = ["Judged", "PreparedProblem", "Shelf"]

Message = dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """An answer with its status and scores, ready to be recorded."""

    status: Status
    reason: str
    answer: Mapping[str, Any]
    scores: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class PreparedProblem:
    """One problem: the files that workers map, and the exact answer to it."""

    problem: Problem
    X_test: Array | None
    y_test: Array | None
    scaling: Scaling
    files: Mapping[str, str]
    reference: Reference
    fingerprint: str
    certified: tuple[str, ...] | None

    def message(self) -> Message:
        """The problem as a worker is told of it."""
        return {**self.files, "intercept": self.problem.intercept, "l2": self.problem.l2}

    def judge(self, fits: Sequence[Message], backend: Any) -> Judged:
        """Score every fit that differs and keep the worst."""
        judged = [self._judge(fit, backend) for fit in fits]
        return min(judged, key=lambda each: (each.status == "ok", each.scores.get("digits") or 0.0))

    def _judge(self, fit: Message, backend: Any) -> Judged:
        coef, intercept = np.array(fit["coef"], dtype=np.float64), float(fit["intercept"])
        original, original_intercept = self.scaling.original(coef, intercept)
        answer = {
            **fit,
            "coef_original": original.tolist(),
            "intercept_original": original_intercept,
        }
        if not (np.isfinite(coef).all() and np.isfinite(intercept)):
            return Judged("diverged", _why_diverged(fit, backend), _tuples(answer), {})
        scores = score(
            self.problem,
            self.reference,
            coef,
            intercept,
            X_test=self.X_test,
            y_test=self.y_test,
            certified=self.certified,
            inference=_inference(fit),
        )
        if not fit["converged"]:
            reason = f"its stopping rule was not met after {fit['iterations']} epochs"
            return Judged("not_converged", reason, _tuples(answer), asdict(scores))
        return Judged("ok", "", _tuples(answer), asdict(scores))


def _inference(fit: Message) -> Inference | None:
    if fit["standard_errors"] is None:
        return None
    return Inference(np.array(fit["standard_errors"], dtype=np.float64), fit["r_squared"])


def _tuples(answer: Message) -> Message:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in answer.items()}


def _why_diverged(fit: Message, backend: Any) -> str:
    when = f" after {fit['iterations']} epochs" if fit["iterations"] is not None else ""
    for rate in ("eta0", "learning_rate"):
        if isinstance(value := getattr(backend, rate, None), float):
            return f"the loss blew up{when}; lower {rate} (it is {value:g}) or scale the data"
    return f"the coefficients are not finite{when}"


class Shelf:
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
        dataset: Dataset = case.dataset.what
        data = dataset.data(case.dtype)
        number = len(self._problems)
        X, X_file = self._saved(data.problem.X, f"{number}-X.npy")
        y, y_file = self._saved(data.problem.y, f"{number}-y.npy")
        vars(dataset).pop("table", None)  # now on disk; a suite's tables would not all fit in memory at once
        problem = Problem(X, y, data.problem.intercept, data.problem.l2)
        certified = dataset.certified()
        return PreparedProblem(
            problem=problem,
            X_test=data.X_test,
            y_test=data.y_test,
            scaling=data.scaling,
            files={"X": X_file, "y": y_file},
            reference=solve(problem, self._references),
            fingerprint=fingerprint(problem),
            certified=None if certified is None else certified.estimates,
        )

    def _saved(self, array: Array, name: str) -> tuple[Array, str]:
        path = self._folder / name
        np.save(path, array, allow_pickle=False)
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False)), str(path)
