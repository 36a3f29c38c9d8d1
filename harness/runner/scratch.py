"""The folder in which a run keeps its arrays, and those that killed runs have left behind."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.files import hold

PREFIX = "linbench-arrays-"

MARKER = "in-use"
"""The file by which a folder is known to be a run's, locked for as long as the run lives."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for as long as the context lasts. What killed runs of the same user left is removed first."""
    _remove_stale(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # Locked before it has the name: nobody ever sees the marker of a living run without its lock.
        unnamed = folder / f".{MARKER}"
        with unnamed.open("w") as marker:
            hold(marker, wait=True)
            unnamed.rename(folder / MARKER)
            yield folder


def _remove_stale(parent: Path) -> None:
    """Remove folders that are this user's, have a marker, and are locked by nobody; look at no others."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.lstat().st_uid == os.getuid() and folder.is_dir() and not folder.is_symlink():
                _remove_if_unlocked(folder)


def _remove_if_unlocked(folder: Path) -> None:
    descriptor = os.open(folder / MARKER, os.O_RDWR | os.O_NOFOLLOW)  # fails where there is none: not ours to judge
    try:
        hold(descriptor)  # fails where its run lives
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)
