"""The cache folder for what is made once per machine, and the lock for making it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_folder(name: str) -> Path:
    """A folder in linbench's cache: under ``$LINBENCH_CACHE``, else in the user's cache folder."""
    own, base = os.environ.get("LINBENCH_CACHE"), os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return (Path(own) if own else Path(base) / "linbench") / name


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Lock a folder while something is made in it; other processes wait, and then find it made.

    Raises
    ------
    OSError
        When the folder cannot be written.
    """
    import fcntl  # Windows lacks it, but must be able to import every backend

    folder.mkdir(parents=True, exist_ok=True)
    held = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)
