"""Builds environments under a lock, beside their final place, and moves them there when they are whole.

Under the folder::

    made/KEY/            whole environments; the key is over packages with versions, interpreter and platform
    resolved/KEY.json    what requirements resolved to, so that a second run asks no index
    building/KEY-…/      builds in progress; whoever holds the lock of the key may remove it
    locks/KEY
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from harness.environments.commands import Commands, Stopped
from harness.environments.environment import Environment
from harness.environments.installers import How, Installer, python_in
from harness.environments.interpreters import Interpreter, find_interpreter
from harness.environments.requirements import is_direct
from harness.files import hold, open_lock, write_whole
from harness.records import from_json

ALWAYS = ("numpy", "threadpoolctl")
"""What the worker itself needs."""

FORMAT = 1
"""Of what is kept; part of every key."""

MARKER = "linbench-environment.json"
"""Written last: an environment without it is not whole."""

PATIENCE = 0.1
"""Seconds between two tries for a lock."""

Tell = Callable[[str], None]


class _Order(NamedTuple):
    """What an environment is to be made of."""

    requires: list[str]
    interpreter: Interpreter
    how: How

    @property
    def base(self) -> tuple[Sequence[str], ...]:
        """What makes it another one beside its packages."""
        return self.interpreter.facts, self.how.for_pip()


@dataclass(frozen=True)
class Workshop:
    """Makes environments and keeps them; stopping the commands, through which the installer runs, stops it."""

    folder: Path
    installer: Installer
    commands: Commands

    def home(self, environment: Environment, tell: Tell) -> Path:
        """The folder of an environment, made where it is not there yet.

        Raises
        ------
        BuildFailed
            With the installer's reason.
        OSError
            When the folder cannot be written: a full disk, say.
        Stopped
        """
        interpreter = find_interpreter(environment.python, self.commands)
        direct = any(map(is_direct, environment.requires))
        how = How(environment.sources or direct, direct)  # who lets a path through lets it be built
        requires = sorted({*map(_absolute, environment.requires), *ALWAYS})
        order = _Order(requires, interpreter, how)
        asked = _key(order.requires, *order.base, self._settings())
        with self._locked(asked, tell):
            pins = None if how.direct else self._remembered(asked)
            if pins is not None and self._whole(home := self._place(order, pins)):
                return home
            with self._building(asked) as folder:
                self.installer.create(interpreter.python, folder)
                if pins is None:
                    tell("resolving")
                    pins = self.installer.resolve(folder, requires, how)
                home = self._installed(order, pins, folder, tell)
            with contextlib.suppress(OSError):  # costs the next run the time of asking again
                _write(self._memory(asked), pins)
        return home

    def _installed(self, order: _Order, pins: Sequence[str], folder: Path, tell: Tell) -> Path:
        """Install what was resolved, and move it to its place whole."""
        home, anew = self._place(order, pins), order.how.direct
        if anew or not self._whole(home):
            tell("installing")
            self.installer.install(folder, pins, order.how)
            _write(folder / MARKER, {"pins": pins, "python": order.interpreter.version})
            with self._locked(home.name, tell):
                if anew or not self._whole(home):  # other requirements may have come to the same packages meanwhile
                    shutil.rmtree(home, ignore_errors=True)
                    home.parent.mkdir(parents=True, exist_ok=True)
                    folder.rename(home)
        return home

    def remove_stale(self) -> None:
        """Remove what builds that were killed have left behind."""
        for folder in (self.folder / "building").glob("*"):
            with contextlib.suppress(OSError), self._lock(folder.name.partition("-")[0]):
                shutil.rmtree(folder, ignore_errors=True)

    def _place(self, order: _Order, pins: Sequence[str]) -> Path:
        return self.folder / "made" / _key(pins, *order.base)

    @staticmethod
    def _whole(home: Path) -> bool:
        """Whether an environment is all there; the interpreter it was made over may have been removed since."""
        return (home / MARKER).is_file() and python_in(home).exists()

    def _memory(self, asked: str) -> Path:
        return self.folder / "resolved" / f"{asked}.json"

    def _remembered(self, asked: str) -> list[str] | None:
        try:
            return from_json(list[str], self._memory(asked).read_bytes())
        except (OSError, ValueError):
            return None

    def _settings(self) -> list[str]:
        """The installer's variables: over another index, requirements may come to other packages."""
        return sorted(
            f"{name}={value}" for name, value in os.environ.items() if name.startswith(self.installer.settings)
        )

    @contextlib.contextmanager
    def _building(self, asked: str) -> Iterator[Path]:
        """A folder to build in, gone afterwards unless it was moved away."""
        building = self.folder / "building"
        for left in building.glob(f"{asked}-*"):
            shutil.rmtree(left, ignore_errors=True)
        building.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=building, prefix=f"{asked}-")) / "environment"
        try:
            yield folder
        finally:
            shutil.rmtree(folder.parent, ignore_errors=True)

    @contextlib.contextmanager
    def _locked(self, key: str, tell: Tell) -> Iterator[None]:
        """Hold a key's lock, waiting for it as long as nobody stops us."""
        with contextlib.ExitStack() as held:
            while True:
                try:
                    held.enter_context(self._lock(key))
                    break
                except BlockingIOError:
                    tell("waiting for another build of it")
                if self.commands.stopped.wait(PATIENCE):
                    raise Stopped
            yield

    @contextlib.contextmanager
    def _lock(self, key: str) -> Iterator[None]:
        """Hold a key's lock, or fail at once."""
        path = self.folder / "locks" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(open_lock(path), "r+b") as file:
            hold(file)
            yield


def _absolute(requirement: str) -> str:
    """A path that is told from here, told from the root: the installer runs elsewhere."""
    return str(Path(requirement).resolve()) if requirement.startswith(".") else requirement


def _key(*parts: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps([FORMAT, *map(list, parts)]).encode()).hexdigest()[:32]


def _write(path: Path, value: object) -> None:
    """Write JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(value).encode())
