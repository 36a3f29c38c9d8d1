"""Small records kept on disk, whole or not at all; and in them what a pass over rows has come to, so that it can go on.

A pass that was interrupted or killed is resumed with the rows that are left, to the same bits, for what it has come to
is kept exactly: integers, and floats in hexadecimal.
"""

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from harness.files import read_own, write_whole

T = TypeVar("T")

FORMAT = 3
"""Version of what is kept; what is of another version is made again."""

EVERY = 5.0
"""Seconds between two times that sums are kept: more than a thousand times what that takes."""


def load(folder: Path, key: str) -> dict[str, Any] | None:
    """The record kept under a key; None when there is none, or it is damaged or of another version."""
    try:
        envelope = json.loads(read_own(folder / f"{key}.json"))
        record = envelope["answer"]
        whole = envelope["format"] == FORMAT and envelope["key"] == key and envelope["checksum"] == _checksum(record)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return record if whole and isinstance(record, dict) else None


def save(folder: Path, key: str, record: Mapping[str, Any], *, lasting: bool = True) -> None:
    """Keep a record, whole or not at all. A folder that cannot be written costs only the time of making it again.

    Parameters
    ----------
    lasting : bool
        Whether it is to outlive the machine's end, which takes until it is on disk.
    """
    envelope = {"format": FORMAT, "key": key, "checksum": _checksum(record), "answer": record}
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / f"{key}.json", json.dumps(envelope).encode(), lasting=lasting)


def remove(folder: Path, key: str) -> None:
    """Forget what is kept under a key, where something is."""
    with contextlib.suppress(OSError):
        (folder / f"{key}.json").unlink(missing_ok=True)


def _checksum(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Form(Generic[T]):
    """How what a pass has come to is written as JSON values."""

    write: Callable[[T], Any]
    """None of what is not worth keeping."""
    read: Callable[[Any, int], T | None]
    """What was written, over so many rows; None, or a ValueError, TypeError or KeyError, where that cannot be."""


class KeptPass(Generic[T]):
    """What one pass has come to over its first rows.

    Parameters
    ----------
    folder : Path or None
        None keeps nothing.
    key : str
        Of all that decides what the pass comes to.
    every : float, optional
        Seconds between two times that it is kept; `EVERY` when left out.
    lasting : bool, optional
        As `save` has it.
    clock : callable, optional
        Gives seconds.

    Attributes
    ----------
    resumed : bool
        Whether `begun` found something.
    """

    def __init__(
        self,
        folder: Path | None,
        key: str,
        form: Form[T],
        *,
        every: float | None = None,
        lasting: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.resumed = False
        self._folder, self._key, self._form, self._lasting, self._clock = folder, key, form, lasting, clock
        self._every = EVERY if every is None else every
        self._kept_at = clock()
        self._there = False

    def begun(self) -> tuple[int, T] | None:
        """How many rows an earlier pass has done, and what it came to; None where it left nothing that can be used."""
        kept = None if self._folder is None else load(self._folder, self._key)
        rows = None if kept is None else kept.get("rows")
        if kept is None or not isinstance(rows, int) or isinstance(rows, bool) or rows <= 0:
            return None
        self._there = True
        try:
            found = self._form.read(kept.get("state"), rows)
        except (ValueError, TypeError, KeyError):
            found = None
        if found is None:
            return None
        self.resumed = True
        return rows, found

    def keep(self, rows: int, state: T, *, over: bool = False) -> None:
        """Keep it, where some time has passed since the last; at the end of a pass that was kept before, always."""
        due = self._clock() - self._kept_at >= self._every or (over and self._there)
        if self._folder is None or not due or (plain := self._form.write(state)) is None:
            return
        save(self._folder, self._key, {"rows": rows, "state": plain}, lasting=self._lasting)
        self._kept_at, self._there = self._clock(), True

    def forget(self) -> None:
        """Remove what is kept: the answer is, or it is of no use."""
        if self._there and self._folder is not None:
            remove(self._folder, self._key)
            self._there = False
