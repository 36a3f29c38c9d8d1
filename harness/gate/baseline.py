"""The baseline of a suite: where it is kept, and how it is replaced."""

from pathlib import Path

from harness.errors import NothingToShow, StoreError
from harness.files import write_whole
from harness.gate.accepted import forget
from harness.results import Run, Store, load_run


def baseline_path(store: Store, suite: str) -> Path:
    """Where a suite's accepted run is kept."""
    return store.root / "baselines" / f"{suite}.jsonl"


def baseline_of(store: Store, suite: str) -> Run:
    """The accepted run of a suite.

    Raises
    ------
    NothingToShow
        When none has been accepted.
    StoreError
        When it cannot be read.
    """
    path = baseline_path(store, suite)
    if not path.is_file():
        raise NothingToShow(f"no baseline of suite {suite!r} at {path}; make one with `linbench accept`")
    return load_run(path)


def accept(store: Store, run: Run, *, force: bool = False) -> Path:
    """Make a run the baseline of its suite. The file is replaced whole or not at all.

    ``force`` also accepts a run in which no case has an answer.

    Raises
    ------
    StoreError
        When the run was interrupted, has no case to compare with, or the folder cannot be written.
    """
    if not run.finished:
        raise StoreError(f"{run.path}: was interrupted; finish it with `linbench run … --resume` before accepting it")
    if not (force or any(row.worst.coef is not None or row.worst.worst_fit is not None for row in run.rows)):
        how = ", ".join(sorted({row.status for row in run.rows})) or "none was measured"
        raise StoreError(f"{run.path}: no case of it has an answer to compare with ({how}); --force accepts it")
    path = baseline_path(store, run.header.suite)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, run.path.read_bytes())
        forget(store, run.header.suite)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error
    return path
