"""A folder that is written whole or not at all."""

import contextlib
import secrets
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from harness.errors import LinbenchError


@contextlib.contextmanager
def whole_folder(folder: Path, ours: Collection[str]) -> Iterator[Path]:
    """A temporary folder to write into, which replaces `folder` if the block succeeds.

    An existing folder is replaced only if it holds nothing but `ours`, so no other file is ever lost.

    Raises
    ------
    LinbenchError
        When it cannot be written, or holds anything else.
    """
    try:
        folder = folder.resolve()
        _refuse_others(folder, ours)
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
        fresh.mkdir()
        try:
            yield fresh
            _replace(folder, fresh)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise LinbenchError(
            f"{folder}: cannot be written: {error.strerror or error}; give another with --out"
        ) from error


def _refuse_others(folder: Path, ours: Collection[str]) -> None:
    others = sorted(each.name for each in folder.iterdir() if each.name not in ours) if folder.exists() else []
    if others:
        raise LinbenchError(f"{folder}: holds {others[0]!r}, which is no part of a report; give another with --out")


def _replace(folder: Path, fresh: Path) -> None:
    """Replace a folder by two renames; undo the first if the second fails."""
    if not folder.exists():
        fresh.rename(folder)
        return
    old = fresh.with_name(f"{fresh.name}-old")
    folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old)
