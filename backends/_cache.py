"""What is made once per machine: the folder where it is kept, and a turn for whoever makes it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_folder(name: str) -> Path:
    """A folder of the machine's cache, as the harness has it: ``$LINBENCH_CACHE``, else the user's cache folder."""
    own, base = os.environ.get("LINBENCH_CACHE"), os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return (Path(own) if own else Path(base) / "linbench") / name


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """A turn to make something in a folder; whoever comes meanwhile waits, and then finds it made.

    Raises
    ------
    OSError
        When the folder cannot be written.
    """
    import fcntl  # which Windows has not; what reads runs there lists every backend

    folder.mkdir(parents=True, exist_ok=True)
    held = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)
