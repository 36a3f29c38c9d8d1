"""Data loaded again and descents replayed, for plots that need more than what a run file keeps.

A run file has answers, not data and not the trajectory to an answer. Both are made again here, in this process and
within a time limit, and what was left out for lack of time is said. Data whose fingerprint is no longer the run's are
not used.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.base import LOSS_BLOW_UP, Backend, IterativeBackend, Snapshot
from harness.config import Case
from harness.config.cases import case_from_record
from harness.datasets.base import Data
from harness.errors import LinbenchError
from harness.reference import fingerprint
from harness.results import Row, Run

__all__ = ["SHOWN_EPOCHS", "Replays", "Trajectory", "family", "longest"]

Float64 = NDArray[np.float64]

MOST_ENTRIES = 1_000_000
"""Of a design matrix that is made again for a plot."""

SNAPSHOTS = 60
"""Epochs of a trajectory that are kept, at about equal ratios."""

SHOWN_EPOCHS = (500, 2500, 10_000)
"""Epochs whose lines are drawn; always kept."""

HEAVY = 5.0
"""Seconds of replay from which a library is imported for it: importing torch alone takes two."""

LOADING = 0.6
"""Share of the time that loading data may take, so that something is left for descents."""

BLOCK = 1 << 14
"""Rows whose losses are taken together."""

LIGHTER: Mapping[str, Mapping[str, Any]] = {"scratch_sgd": {"engine": "blocks"}}
"""Options of a backend that its replay sets, for the same answer to rounding without waiting for a compiler."""


@dataclass(frozen=True, eq=False)
class Trajectory:
    """A descent, epoch by epoch.

    Attributes
    ----------
    epochs : ndarray of shape (n_kept,)
    coef : ndarray of shape (n_kept, n_features)
        In the units of the problem as fitted, as the intercepts are.
    intercept : ndarray of shape (n_kept,)
    stopped : str
        Why it ends before the run's did; empty when it does not.
    """

    epochs: NDArray[np.int64]
    coef: Float64
    intercept: Float64
    stopped: str

    def losses(self, data: Data) -> Float64:
        """Mean squared error at every kept epoch, in float64."""
        return _mean_square(data, self.coef, self.intercept, np.asarray(data.problem.y, dtype=np.float64))

    def excess(self, data: Data, coef: Sequence[float], intercept: float) -> Float64:
        """Mean squared distance of the fitted values from those of the given answer: it does not cancel."""
        zero = np.zeros(len(data.problem.y))
        return _mean_square(data, self.coef - np.array(coef, dtype=np.float64), self.intercept - intercept, zero)


def _mean_square(data: Data, coef: Float64, intercept: Float64, y: Float64) -> Float64:
    X, total = data.problem.X, np.zeros(len(coef))
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(X), BLOCK):
            fitted = np.asarray(X[start : start + BLOCK], dtype=np.float64) @ coef.T + intercept
            total += np.square(fitted - y[start : start + BLOCK, None]).sum(axis=0)
    return total / len(X)


def family(row: Row) -> str:
    """What rows share that differ in nothing but the number of epochs."""
    told = {key: value for key, value in row.plan.items() if key not in ("case", "backend_label", "options")}
    options = {key: value for key, value in row.plan["options"].items() if key != "epochs"}
    return json.dumps([told, options], sort_keys=True, default=str)


def longest(rows: Iterable[Row]) -> list[Row]:
    """Of the iterative rows of each family the one that went on for the most epochs: the others are its beginning."""
    found: dict[str, Row] = {}
    for row in rows:
        if row.worst.iterations is None:
            continue
        best = found.setdefault(family(row), row)
        if row.worst.iterations > (best.worst.iterations or 0):
            found[family(row)] = row
    return list(found.values())


class Replays:
    """Loads and replays until its time is used up.

    Parameters
    ----------
    run : Run
        The run whose data and descents are wanted.
    seconds : float
        Of the processor, for everything together from now on, so that a busy machine has as many curves as a quiet
        one. 0 replays nothing, and loads nothing.
    """

    def __init__(self, run: Run, seconds: float) -> None:
        self.seconds = seconds
        self._began = time.process_time()
        self._fingerprints = {_data_key(row): row.worst.data for row in run.rows if row.worst.data}
        self._data: dict[tuple[str, str], Data | str] = {}
        self._trajectories: dict[str, Trajectory | str] = {}

    def data(self, row: Row) -> Data | str:
        """The row's data as fitted, or why there are none."""
        key = _data_key(row)
        if key not in self._data:
            self._data[key] = self._load(row)
        return self._data[key]

    def trajectory(self, row: Row) -> Trajectory | str | None:
        """The row's descent, or why there is none; None where it was not asked of `go`."""
        return self._trajectories.get(row.plan["case"])

    def go(self, rows: Sequence[Row]) -> None:
        """Replay these descents; each gets an equal share of the time that is left when its turn comes."""
        for left, row in zip(range(len(rows), 0, -1), rows, strict=True):
            share = max(self._began + self.seconds - time.process_time(), 0.0) / left
            self._trajectories[row.plan["case"]] = self._trajectory(row, share)

    def _used_up(self, share: float = 1.0) -> str:
        if time.process_time() < self._began + share * self.seconds:
            return ""
        return f"the {self.seconds:g} s that this report had for loading and replaying were used up"

    def _load(self, row: Row) -> Data | str:
        options = row.plan["dataset_options"]
        if options.get("n_samples", 0) * options.get("n_features", 1) > MOST_ENTRIES:
            return "the data are too large to be made again for a plot"
        if why := self._used_up(LOADING):
            return why
        try:
            data: Data = case_from_record(row.plan).dataset.what.data(row.plan["dtype"])
        except (LinbenchError, OSError, ValueError) as error:
            return f"the data cannot be loaded again: {error}"
        if data.problem.X.size > MOST_ENTRIES:
            return "the data are too large to be shown"
        known = self._fingerprints.get(_data_key(row))
        return "the data have changed since the run" if known and fingerprint(data.problem) != known else data

    def _trajectory(self, row: Row, share: float) -> Trajectory | str:
        try:
            case = case_from_record(row.plan)
        except LinbenchError as error:
            return str(error)
        if why := self._hindered(case):
            return why
        data = self.data(row)
        if isinstance(data, str):
            return data
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                return _replayed(case, data, row.worst.iterations or 1, share)
            except Exception as error:  # noqa: BLE001 - a backend may raise anything, and it costs its own curve alone
                return f"its replay failed: {error!r}"

    def _hindered(self, case: Case) -> str:
        """Why the case is not to be replayed; empty when it is."""
        if not isinstance(case.backend.what, IterativeBackend):
            return "its library does not show the epochs in between: only a swept list of epochs does"
        if case.device != "cpu":
            return "descents are replayed on the processor only"
        return self._not_importable(case.backend.what) or self._used_up()

    def _not_importable(self, backend: Backend[Any]) -> str:
        top = backend.library.module.partition(".")[0]
        if top in sys.modules:
            return ""
        if importlib.util.find_spec(top) is None:
            return f"{backend.library.distribution} is not installed here"
        if self.seconds < HEAVY:
            return f"importing {backend.library.distribution} would take longer than the report may; give it more time"
        return ""


def _data_key(row: Row) -> tuple[str, str]:
    return row.plan["dataset_label"], row.plan["dtype"]


def _replayed(case: Case, data: Data, total: int, share: float) -> Trajectory | str:
    """The descent within so many seconds after its library has been imported, which is no fault of it."""
    backend: IterativeBackend[Any] = replace(case.backend.what, **LIGHTER.get(case.backend.name, {}))
    kept: list[tuple[int, Float64, float]] = []
    stopped = ""
    wanted = _epochs(total)
    state = backend.prepare(data.problem, "cpu")
    deadline = time.process_time() + share
    for snapshot in _until_it_blows_up(backend.path(state)):
        late = time.process_time() > deadline
        if late or snapshot.epoch in wanted or snapshot.converged:
            kept.append((snapshot.epoch, *snapshot.read()))
        if late and snapshot.epoch < total:
            stopped = f"the replay was given up for lack of time after {snapshot.epoch:,} of {total:,} epochs"
            break
    if not kept:
        return "it diverged at once"
    epochs, coefs, intercepts = zip(*kept, strict=True)
    return Trajectory(np.array(epochs), np.array(coefs, dtype=np.float64), np.array(intercepts), stopped)


def _epochs(total: int) -> set[int]:
    spaced = np.geomspace(1, max(total, 1), SNAPSHOTS)
    return {total, *(round(each) for each in spaced.tolist()), *(each for each in SHOWN_EPOCHS if each <= total)}


def _until_it_blows_up(path: Iterator[Snapshot]) -> Iterator[Snapshot]:
    """As far as `IterativeBackend.solve` would go."""
    limit: float | None = None
    for snapshot in path:
        yield snapshot
        if snapshot.loss is not None:
            limit = LOSS_BLOW_UP * snapshot.loss if limit is None else limit
            if not snapshot.loss <= limit:
                return
