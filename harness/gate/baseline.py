"""The accepted run of a suite: found, and put in place whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from harness.errors import NothingToShow, StoreError
from harness.results import Run, Store, load_run

__all__ = ["accept", "baseline_of"]


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
