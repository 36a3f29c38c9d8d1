"""A folder of cached builds: each is built once, under a lock, beside its final place, and moved when complete."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.environments.commands import Commands, Stopped
from harness.files import lock_file, open_lock

RETRY = 0.1
"""Seconds between attempts to lock."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class LockedCache:
    """A folder of cached builds; stopping ``commands`` also stops waiting for locks."""

    folder: Path
    commands: Commands

    @contextlib.contextmanager
    def building(self, asked: str) -> Iterator[Path]:
        """A path to build at, not existing yet, whose parent is removed afterwards."""
        building = self.folder / "building"
        for left in building.glob(f"{asked}-*"):
            shutil.rmtree(left, ignore_errors=True)
        building.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=building, prefix=f"{asked}-")) / "environment"
        try:
            yield folder
        finally:
            shutil.rmtree(folder.parent, ignore_errors=True)

    def remove_stale(self) -> None:
        """Remove what killed builds left behind."""
        for folder in (self.folder / "building").glob("*"):
            with contextlib.suppress(OSError), self.lock(folder.name.partition("-")[0]):
                shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def locked(self, key: str, tell: Tell) -> Iterator[None]:
        """Hold a key's lock; wait for it until the commands are stopped.

        Raises
        ------
        Stopped
        """
        with contextlib.ExitStack() as held:
            while True:
                try:
                    held.enter_context(self.lock(key))
                    break
                except BlockingIOError:
                    tell("waiting for another build of it")
                if self.commands.stopped.wait(RETRY):
                    raise Stopped
            yield

    @contextlib.contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """Hold a key's lock, or fail at once with `BlockingIOError`."""
        path = self.folder / "locks" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(open_lock(path), "r+b") as file:
            lock_file(file)
            yield
