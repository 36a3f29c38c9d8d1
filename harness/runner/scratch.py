"""The folder in which a run keeps its arrays; removes those that killed runs left behind."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.files import lock_file

PREFIX = "linbench-arrays-"

MARKER = "in-use"
"""The file that marks a folder as a run's, and that the run holds locked."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that exists within the context. First, what killed runs of this user left is removed."""
    _remove_stale(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # Lock the marker before giving it its name: nobody ever sees a living run's marker unlocked.
        unnamed = folder / f".{MARKER}"
        with unnamed.open("w") as marker:
            lock_file(marker, wait=True)
            unnamed.rename(folder / MARKER)
            yield folder


def _remove_stale(parent: Path) -> None:
    """Remove this user's folders that have a marker and are not locked; leave all others."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.lstat().st_uid == os.getuid() and folder.is_dir() and not folder.is_symlink():
                _remove_if_unlocked(folder)


def _remove_if_unlocked(folder: Path) -> None:
    descriptor = os.open(folder / MARKER, os.O_RDWR | os.O_NOFOLLOW)  # fails where there is none: not a run's
    try:
        lock_file(descriptor)  # fails while its run lives
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)
