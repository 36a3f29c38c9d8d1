"""Messages about unexpected exceptions, and the files that keep their tracebacks."""

import errno
import os
import secrets
import shlex
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from harness import __version__

INTERNAL_ERROR = 70
"""The exit code of a defect in linbench itself; EX_SOFTWARE of sysexits.h."""

_SYSTEM = frozenset({
    errno.EACCES, errno.EAGAIN, errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EISDIR,
    errno.ELOOP, errno.EMFILE, errno.ENAMETOOLONG, errno.ENFILE, errno.ENODEV, errno.ENOMEM, errno.ENOSPC,
    errno.ENOTDIR, errno.EPERM, errno.EROFS, errno.ESTALE, errno.ETXTBSY,
})  # fmt: skip
"""Errors of the system: a disk, a limit, or a missing permission."""

_MANY_FILES = "too many open files; raise the limit with `ulimit -n`"


def system_error(error: BaseException | None) -> str | None:
    """What the system refused, in one line; None for other errors.

    Looks at causes, too: a failed import for lack of file descriptors names that only there.
    """
    if sys.platform == "linux" and not os.path.exists("/proc/self"):  # noqa: PTH110 - nothing may fail here
        return "/proc is not mounted; linbench needs it to watch the memory of its workers"
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if message := _message(error):
            return message
        error = error.__cause__ or error.__context__
    return None


def _message(error: BaseException) -> str | None:
    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, ImportError) and "Too many open files" in str(error):
        return _MANY_FILES
    if not isinstance(error, OSError) or error.errno not in _SYSTEM:
        return None
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return _MANY_FILES
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


def crash_report(error: BaseException) -> str:
    """Write the traceback of an error to the user's cache, and return one line that says so."""
    lines = str(error).strip().splitlines()
    what = f"internal error: {type(error).__name__}{f': {lines[0][:200]}' if lines else ''}"
    try:
        return f"{what}; the traceback is in {_kept(error)}"
    except (OSError, RuntimeError) as unable:
        return f"{what}; the traceback could not be kept: {unable}"


def _kept(error: BaseException) -> Path:
    from harness.machine import cache_folder

    folder = cache_folder() / "crashes"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}.txt"
    head = f"linbench {__version__}, Python {sys.version.split()[0]}\nlinbench {shlex.join(sys.argv[1:])}\n\n"
    text = head + "".join(traceback.format_exception(error))
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return path
