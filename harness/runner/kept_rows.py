"""Rows on disk that outlive their run where it was interrupted, so that whoever resumes it need not write them again.

Each dataset that is streamed has a folder of its own under one of this user's, beside the folders of arrays. Its name
says all that decides what is in it: the dataset with its options, the state of the files it reads, the versions that
make it, and the machine's boot. What a killed run left of other rows is therefore never taken up. It is removed by the
first run that begins `DAYS` later, or that needs its room.
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
from harness.files import hold, open_lock, stamp
from harness.loader.on_disk import is_streamed, room_for
from harness.machine import installed_version

DAYS = 3

MARKER = "in-use"
"""The file in each folder that is locked for as long as its run lives."""

GATE = "gate"
"""The file that is locked while a folder is taken or removed."""

BOOT = Path("/proc/sys/kernel/random/boot_id")

ARITHMETIC = ("OPENBLAS_", "MKL_", "NPY_")
"""Variables by whose names libraries choose their kernels, and with them the last bits of generated rows."""


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
        """The folder of a case's rows, locked; None where they are to be the run's own: made in memory, or anew."""
        if self._home is None or (key := key_of(case, self._plan)) is None or self._home / key in self._held:
            return None
        folder = self._home / key
        with contextlib.suppress(OSError), _gate(self._home):
            folder.mkdir(mode=0o700, exist_ok=True)
            if (lock := _locked(folder)) is not None:
                self._held[folder] = lock
                if shutil.disk_usage(folder).free < room_for(case.dataset.instance):
                    _remove_left(self._home, all_of_them=True)
                return folder
        return None

    def interrupted(self, folder: Path | None) -> None:
        """Keep what is in a folder, whatever becomes of the run: its preparation was interrupted, by a limit say."""
        if folder is not None:
            self._interrupted.add(folder)

    def drop(self, folder: Path | None) -> None:
        """Remove a folder of rows that cannot be made ready."""
        if folder is not None and self._home is not None:
            with contextlib.suppress(OSError), _gate(self._home):
                shutil.rmtree(folder, ignore_errors=True)
            self._let_go(folder)

    def end(self, *, interrupted: bool) -> None:
        """Let go of every folder, and remove those that nobody will want: of a run that is whole, all it has used."""
        for folder in [*self._held]:
            if (interrupted or folder in self._interrupted) and any(folder.glob("*.json")):
                with contextlib.suppress(OSError):
                    os.utime(folder)
                self._let_go(folder)
            else:
                self.drop(folder)

    def _let_go(self, folder: Path) -> None:
        if (lock := self._held.pop(folder, None)) is not None:
            os.close(lock)


@contextmanager
def kept_rows(plan: Plan) -> Iterator[KeptRows]:
    """Those of a run, for as long as it lasts; they stay where an error or Ctrl-C ends it."""
    if (home := _home()) is not None:
        with contextlib.suppress(OSError), _gate(home):
            _remove_left(home)
    rows = KeptRows(plan, home)
    with ExitStack() as ending:
        ending.push(lambda kind, *_: rows.end(interrupted=kind is not None))
        yield rows


def left_behind() -> tuple[Path, int] | None:
    """Where rows of interrupted runs lie, and how many bytes they take; None where there are none."""
    home = _place()
    files = [path.lstat() for path in home.glob("*/*.npy")] if home.is_dir() else []
    return (home, sum(each.st_size for each in files)) if files else None


def once(folder: Path | None, name: str, files: list[Path], find: Callable[[], str]) -> str:
    """What is found of files in a folder; as it was found before, unless they have been written to since."""
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
    """A digest of all that decides what a case's rows are; None where nobody can tell, or they are made in memory."""
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
    """Which start of this machine's it is: what was written before it may be lost in part."""
    with contextlib.suppress(OSError):
        return BOOT.read_text(encoding="ascii")
    return str(psutil.boot_time())


def _place() -> Path:
    return Path(tempfile.gettempdir()) / f"linbench-rows-{os.getuid()}"


def _home() -> Path | None:
    """The folder of all folders; None where it cannot be made, or others may write there."""
    home = _place()
    with contextlib.suppress(OSError):
        home.mkdir(mode=0o700, exist_ok=True)
        about = home.lstat()
        if stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and not about.st_mode & 0o077:
            return home
    return None


@contextmanager
def _gate(home: Path) -> Iterator[None]:
    """One process at a time takes or removes folders."""
    lock = open_lock(home / GATE)
    try:
        hold(lock, wait=True)
        yield
    finally:
        os.close(lock)


def _locked(folder: Path) -> int | None:
    """The lock of a folder; None where another run has it."""
    lock = open_lock(folder / MARKER)
    try:
        hold(lock)
    except OSError:
        os.close(lock)
        return None
    return lock


def _remove_left(home: Path, *, all_of_them: bool = False) -> None:
    """Remove folders that no run has: those that nobody has written to for long, or all."""
    long_ago = time.time() - DAYS * 86400
    for folder in home.iterdir():
        if folder.is_dir() and not folder.is_symlink() and (all_of_them or folder.stat().st_mtime < long_ago):
            if (lock := _locked(folder)) is None:
                continue
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
