"""Small records kept on disk, and the progress of passes over rows, so that an interrupted pass can be resumed.

The state of a pass is kept exactly (integers, and floats in hexadecimal), so that a resumed pass gives the same bits.
"""

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from harness.files import read_own, write_whole

T = TypeVar("T")

FORMAT = 3
"""Version of the records; those of another version are ignored."""

EVERY = 5.0
"""Seconds between saves of a pass: more than a thousand times what a save takes."""


def load(folder: Path, key: str) -> dict[str, Any] | None:
    """The record of a key; None where there is none, or it is damaged or of another version."""
    try:
        envelope = json.loads(read_own(folder / f"{key}.json"))
        record = envelope["answer"]
        whole = envelope["format"] == FORMAT and envelope["key"] == key and envelope["checksum"] == _checksum(record)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return record if whole and isinstance(record, dict) else None


def save(folder: Path, key: str, record: Mapping[str, Any], *, lasting: bool = True) -> None:
    """Save a record atomically. Failure to write is ignored: the record will be made again.

    Parameters
    ----------
    lasting : bool
        Whether to sync it to disk, so that it survives a crash of the machine.
    """
    envelope = {"format": FORMAT, "key": key, "checksum": _checksum(record), "answer": record}
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / f"{key}.json", json.dumps(envelope).encode(), lasting=lasting)


def remove(folder: Path, key: str) -> None:
    """Remove the record of a key, if there is one."""
    with contextlib.suppress(OSError):
        (folder / f"{key}.json").unlink(missing_ok=True)


def _checksum(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Form(Generic[T]):
    """Converts the state of a pass to JSON values and back."""

    write: Callable[[T], Any]
    """From a state; None where it is not worth keeping."""
    read: Callable[[Any, int], T | None]
    """From JSON values and a number of rows; None, or a ValueError, TypeError or KeyError, where they do not fit."""


class KeptPass(Generic[T]):
    """The saved state of one pass.

    Parameters
    ----------
    folder : Path or None
        None saves nothing.
    key : str
        It must depend on everything that determines the result.
    every : float, optional
        Seconds between saves; `EVERY` when left out.
    lasting : bool, optional
        As in `save`.
    clock : callable, optional
        Returns seconds.

    Attributes
    ----------
    resumed : bool
        Whether `begun` found a usable state.
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
        self._on_disk = False

    def begun(self) -> tuple[int, T] | None:
        """The rows done by an earlier pass, and its state; None where there is nothing usable."""
        kept = None if self._folder is None else load(self._folder, self._key)
        rows = None if kept is None else kept.get("rows")
        if kept is None or not isinstance(rows, int) or isinstance(rows, bool) or rows <= 0:
            return None
        self._on_disk = True
        try:
            found = self._form.read(kept.get("state"), rows)
        except (ValueError, TypeError, KeyError):
            found = None
        if found is None:
            return None
        self.resumed = True
        return rows, found

    def keep(self, rows: int, state: T, *, over: bool = False) -> None:
        """Save the state if enough time has passed; always at the end of a pass that was saved before."""
        due = self._clock() - self._kept_at >= self._every or (over and self._on_disk)
        if self._folder is None or not due or (plain := self._form.write(state)) is None:
            return
        save(self._folder, self._key, {"rows": rows, "state": plain}, lasting=self._lasting)
        self._kept_at, self._on_disk = self._clock(), True

    def forget(self) -> None:
        """Remove the saved state, once the result is kept or the state is useless."""
        if self._on_disk and self._folder is not None:
            remove(self._folder, self._key)
            self._on_disk = False


def folded(
    parts: Callable[[int], Iterator[slice]], add: Callable[[T, slice], T], begin: T, kept: KeptPass[T] | None = None
) -> T:
    """Fold a pass over rows into a state, starting after the rows that an earlier run has done.

    Parameters
    ----------
    parts : callable
        From a first row to slices of the rows from it on, as `harness.passes.steps` gives them.
    add : callable
        From the state before a slice, and the slice, to the state after it.
    begin : object
        The state before any row.
    """
    first, state = (kept.begun() if kept else None) or (0, begin)
    for rows in parts(first):
        state, first = add(state, rows), rows.stop
        if kept:
            kept.keep(first, state)
    if kept:
        kept.keep(first, state, over=True)
    return state
