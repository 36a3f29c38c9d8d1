"""The gate: a run against the accepted baseline, and what looks worse measured again before it may fail."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.compare import Comparison, Gate, compare, confirm
from harness.config import Plan, Suite
from harness.config.cases import case_from_record
from harness.environments import environment_from_record
from harness.errors import NothingToShow, StoreError
from harness.results import Run, Store, load_run
from harness.runner import Observer, measure_new

__all__ = ["accept", "baseline_of", "check", "measure_again"]


def baseline_path(store: Store, suite: str) -> Path:
    """Where a suite's accepted run is kept."""
    return store.root / "baselines" / f"{suite}.jsonl"


def baseline_of(store: Store, run: Run) -> Run:
    """The accepted run of a run's suite.

    Raises
    ------
    NothingToShow
        When none has been accepted.
    StoreError
        When it cannot be read.
    """
    path = baseline_path(store, str(run.header["suite"]))
    if not path.is_file():
        raise NothingToShow(f"no baseline of suite {run.header['suite']!r} at {path}; make one with `linbench accept`")
    return load_run(path)


def accept(store: Store, run: Run) -> Path:
    """Make a run the baseline of its suite; the file is whole or as it was.

    Raises
    ------
    StoreError
        When the run was broken off, or the folder cannot be written.
    """
    if not run.finished:
        raise StoreError(f"{run.path}: was broken off; finish it with `linbench run … --resume` before it is accepted")
    path = baseline_path(store, str(run.header["suite"]))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        os.close(descriptor)
        shutil.copyfile(run.path, name)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def check(
    store: Store,
    run: Run,
    baseline: Run,
    gate: Gate,
    *,
    history: Sequence[Run] = (),
    observer: Observer | None = None,
) -> Comparison:
    """Compare a run with its baseline; with an observer, measure again what is doubtful, and let only that fail twice.

    Parameters
    ----------
    store : Store
        Where the second measurement is kept.
    run, baseline : Run
    gate : Gate
    history : sequence of Run
        Earlier runs, from which the variance between sessions is estimated.
    observer : Observer, optional
        Who is told of the second measurement; without one nothing is measured again.
    """
    first = compare(baseline, run, gate, history=history)
    if observer is None or not first.doubtful:
        return first
    again = measure_again(store, run, first.doubtful, observer)
    return confirm(first, compare(baseline, again, gate, history=history, only=first.doubtful))


def measure_again(store: Store, run: Run, cases: Iterable[str], observer: Observer) -> Run:
    """Measure some cases of a run again, in as many fresh rounds, as a run of its own."""
    wanted = set(cases)
    header = run.header
    suite = Suite(
        name=f"{header['suite']}-again",
        description=f"doubtful cases of {run.id}",
        path=run.path,
        plan=Plan.model_validate(header["plan"]),
        cases=tuple(case_from_record(record) for record in header["cases"] if record["case"] in wanted),
        environments=tuple(map(environment_from_record, header.get("environments", ()))),
    )
    return measure_new(suite, store, observer)
