"""Atomic writing of files, locks, and safe reading of files that others could have placed."""

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
    """Write a file atomically: to a temporary file beside it, synced to disk, then renamed.

    Parameters
    ----------
    lasting : bool, optional
        Whether to sync to disk; without it the file may be lost when the machine crashes.

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
    """Write a file that the user named: atomically, or directly to a pipe or a device.

    Raises
    ------
    OSError
        As `write_whole`.
    """
    target = path.resolve()  # through a link, which stays
    if target.is_file() or not target.exists():
        write_whole(target, content)
    else:
        target.write_bytes(content)


def open_lock(path: Path) -> int:
    """Open or create a lock file, and return its descriptor.

    Others who can write to the folder may have placed a link: it is not followed, and nothing is truncated.

    Raises
    ------
    OSError
        When it is a link, or cannot be opened.
    """
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def read_own(path: Path) -> bytes:
    """Read a file of a cache, if it is a regular file owned by this user.

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
    """Inode, size and times of a file, by which a write to it is detected; empty for a missing file."""
    with contextlib.suppress(OSError):
        found = path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    return ()


def is_file_name(name: str) -> bool:
    """Whether an untrusted name is valid for a file and cannot lead out of its folder."""
    return FILE_NAME.fullmatch(name) is not None and ".." not in name


def lock_file(file: int | IO[Any], *, wait: bool = False) -> None:
    """Lock an open file exclusively until it is closed.

    Raises
    ------
    OSError
        When another process has the lock and ``wait`` is False; and where the system has no such locks.
    """
    if fcntl is None:
        raise OSError(errno.ENOTSUP, UNSUPPORTED)
    fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


def check_system() -> None:
    """Check that this system supports watching processes and locking files.

    Raises
    ------
    UsageError
        Where it does not: on Windows.
    """
    if fcntl is None:
        raise UsageError(f"this system: {UNSUPPORTED}")
