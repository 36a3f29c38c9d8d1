"""Files that are written whole or not at all, and files that nobody else may have put there."""

import contextlib
import errno
import os
import re
import secrets
import stat
from pathlib import Path
from typing import IO, Any

from harness.errors import UsageError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

UNSUPPORTED = "measuring takes Linux or macOS; everything that reads runs works here, too"

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,200}")


def write_whole(path: Path, content: bytes, *, lasting: bool = True) -> None:
    """Write a file whole or not at all: beside it first, then renamed, on disk before it is there.

    Parameters
    ----------
    lasting : bool, optional
        Without it nobody waits for the disk: the file outlives its process, and may not outlive the machine.

    Raises
    ------
    OSError
        When it cannot be written; nothing is left behind.
    """
    beside = path.with_name(f".{path.name}-{secrets.token_hex(4)}.tmp")
    try:
        with beside.open("xb") as file:
            file.write(content)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def write_out(path: Path, content: bytes) -> None:
    """Write a file that the user named: whole or not at all, but straight into a pipe or a device.

    Raises
    ------
    OSError
        As `write_whole`.
    """
    there = path.resolve()  # what a link names is written, and the link stays
    if there.is_file() or not there.exists():
        write_whole(there, content)
    else:
        there.write_bytes(content)


def open_lock(path: Path) -> int:
    """Open a lock file, made where it is not there, and give its descriptor.

    Whoever could write to the folder may have put a link there: it is not followed, and nothing is truncated.

    Raises
    ------
    OSError
        When it is a link, or cannot be opened.
    """
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def read_own(path: Path) -> bytes:
    """Read a file of a cache, if it is a plain file that this user owns.

    Raises
    ------
    OSError
        When it is not, or cannot be read.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_uid not in (os.geteuid(), 0):
            raise PermissionError(errno.EPERM, "not a plain file of this user's", str(path))
        return file.read()


def stamp(path: Path) -> tuple[int, ...]:
    """What the system says of a file, so that whoever writes to it is found out; nothing of one that is gone."""
    with contextlib.suppress(OSError):
        found = path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    return ()


def is_file_name(name: str) -> bool:
    """Whether a name from outside can be a file's, and cannot lead out of its folder."""
    return FILE_NAME.fullmatch(name) is not None and ".." not in name


def hold(file: int | IO[Any], *, wait: bool = False) -> None:
    """Lock an open file for as long as it is open, so that one process at a time works on what it stands for.

    Raises
    ------
    OSError
        When another process has it, unless told to wait; and where the system has no such locks.
    """
    if fcntl is None:
        raise OSError(errno.ENOTSUP, UNSUPPORTED)
    fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


def check_system() -> None:
    """See that processes can be watched and files locked here.

    Raises
    ------
    UsageError
        On a system where they cannot: Windows.
    """
    if fcntl is None:
        raise UsageError(f"this system: {UNSUPPORTED}")
