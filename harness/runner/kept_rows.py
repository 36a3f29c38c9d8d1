"""Rows on disk that outlive an interrupted run, so that resuming it need not write them again.

Each streamed dataset has a folder of its own, under one folder per user in the system's temporary folder. Its name is a
digest of all that determines the rows: the dataset with its options, the state of the files it reads, the versions
that make it, and the machine's boot. So rows that a killed run made in another way are never reused. The first run
that begins `DAYS` later, or that needs the space, removes them.
"""

import contextlib
import hashlib
import inspect
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from harness import __version__, kept
from harness.config import Case, Plan
from harness.files import lock_file, open_lock, stamp
from harness.loader.on_disk import is_streamed, room_for
from harness.machine import installed_version

DAYS = 3

RUN_LOCK = "in-use"
"""The file in each folder that its run holds locked."""

FOLDERS_LOCK = "gate"
"""The file that is locked while a folder is claimed or removed."""

BOOT = Path("/proc/sys/kernel/random/boot_id")

ARITHMETIC = ("OPENBLAS_", "MKL_", "NPY_")
"""Prefixes of variables by which libraries choose their kernels, and so the last bits of generated rows."""


class KeptRows:
    """The folders of one run.

    Parameters
    ----------
    home : Path or None
        Where they are; None where nothing is kept.
    """

    def __init__(self, plan: Plan, home: Path | None = None) -> None:
        self._plan = plan
        self._home = home
        self._held: dict[Path, int] = {}
        self._interrupted: set[Path] = set()

    def folder(self, case: Case) -> Path | None:
        """The locked folder of a case's rows; None where they are not kept: made in memory, or locked by a run."""
        if self._home is None or (key := key_of(case, self._plan)) is None or self._home / key in self._held:
            return None
        folder = self._home / key
        with contextlib.suppress(OSError), _folders_locked(self._home):
            folder.mkdir(mode=0o700, exist_ok=True)
            if (lock := _locked(folder)) is not None:
                self._held[folder] = lock
                if shutil.disk_usage(folder).free < room_for(case.dataset.instance):
                    _remove_unlocked(self._home, all_of_them=True)
                return folder
        return None

    def interrupted(self, folder: Path | None) -> None:
        """Keep a folder even if the run ends well: preparing its rows was interrupted, by a limit for instance."""
        if folder is not None:
            self._interrupted.add(folder)

    def drop(self, folder: Path | None) -> None:
        """Remove a folder whose rows cannot be prepared."""
        if folder is not None and self._home is not None:
            with contextlib.suppress(OSError), _folders_locked(self._home):
                shutil.rmtree(folder, ignore_errors=True)
            self._unlock(folder)

    def end(self, *, interrupted: bool) -> None:
        """Unlock every folder; keep those that a resumed run can use, and remove the others."""
        for folder in [*self._held]:
            if (interrupted or folder in self._interrupted) and any(folder.glob("*.json")):
                with contextlib.suppress(OSError):
                    os.utime(folder)
                self._unlock(folder)
            else:
                self.drop(folder)

    def _unlock(self, folder: Path) -> None:
        if (lock := self._held.pop(folder, None)) is not None:
            os.close(lock)


@contextmanager
def kept_rows(plan: Plan) -> Iterator[KeptRows]:
    """The kept rows of a run; they stay on disk where an error or Ctrl-C ends the context."""
    if (home := _safe_rows_folder()) is not None:
        with contextlib.suppress(OSError), _folders_locked(home):
            _remove_unlocked(home)
    rows = KeptRows(plan, home)
    with ExitStack() as ending:
        ending.push(lambda kind, *_: rows.end(interrupted=kind is not None))
        yield rows


def left_behind() -> tuple[Path, int] | None:
    """The folder with rows of interrupted runs and their size in bytes; None where there are none."""
    home = _rows_folder()
    files = [path.lstat() for path in home.glob("*/*.npy")] if home.is_dir() else []
    return (home, sum(each.st_size for each in files)) if files else None


def once(folder: Path | None, name: str, files: list[Path], find: Callable[[], str]) -> str:
    """The result of ``find`` over files, remembered in a folder until one of the files is written to."""
    if folder is None:
        return find()
    stamps = [list(stamp(path)) for path in files]
    known = kept.load(folder, name)
    if known is not None and known["files"] == stamps:
        return str(known["found"])
    found = find()
    kept.save(folder, name, {"files": stamps, "found": found}, lasting=False)
    return found


def key_of(case: Case, plan: Plan) -> str | None:
    """A digest of all that determines a case's rows; None where that is unknown, or they are made in memory."""
    dataset = case.dataset.instance
    if not is_streamed(dataset, plan.data, plan.memory) or (source := dataset.source()) is None:
        return None
    kind = type(dataset)
    about = {
        "format": kept.FORMAT,
        "versions": [__version__, *map(installed_version, ("numpy", "duckdb"))],
        "machine": [_boot(), plan.threads, {k: v for k, v in os.environ.items() if k.startswith(ARITHMETIC)}],
        "kind": [kind.__module__, kind.__qualname__, stamp(Path(inspect.getfile(kind)))],
        "dataset": [case.dataset.label, case.dataset.options, case.dtype],
        "source": source,
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _boot() -> str:
    """An id of this boot of the machine: what was written before a crash may be lost in part."""
    with contextlib.suppress(OSError):
        return BOOT.read_text(encoding="ascii")
    return str(psutil.boot_time())


def _rows_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"linbench-rows-{os.getuid()}"


def _safe_rows_folder() -> Path | None:
    """The user's folder, made where it is missing; None where that fails, or where others may write to it."""
    home = _rows_folder()
    with contextlib.suppress(OSError):
        home.mkdir(mode=0o700, exist_ok=True)
        about = home.lstat()
        if stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and not about.st_mode & 0o077:
            return home
    return None


@contextmanager
def _folders_locked(home: Path) -> Iterator[None]:
    """Only one process at a time claims or removes folders."""
    lock = open_lock(home / FOLDERS_LOCK)
    try:
        lock_file(lock, wait=True)
        yield
    finally:
        os.close(lock)


def _locked(folder: Path) -> int | None:
    """The lock on a folder; None where another run holds it."""
    lock = open_lock(folder / RUN_LOCK)
    try:
        lock_file(lock)
    except OSError:
        os.close(lock)
        return None
    return lock


def _remove_unlocked(home: Path, *, all_of_them: bool = False) -> None:
    """Remove folders that no run holds: those unused for `DAYS`, or all."""
    long_ago = time.time() - DAYS * 86400
    for folder in home.iterdir():
        if folder.is_dir() and not folder.is_symlink() and (all_of_them or folder.stat().st_mtime < long_ago):
            if (lock := _locked(folder)) is None:
                continue
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
