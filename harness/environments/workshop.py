"""Builds environments beside their final place, and moves them there when they are whole.

Under the folder::

    made/KEY/            whole environments; the key is over packages with versions, interpreter and platform
    resolved/KEY.json    what requirements resolved to, so that a second run asks no index
    wheels/KEY/          a wheel of source code; the key is over the commit and the interpreter
    layers/KEY/          the same, unpacked
    building/KEY-…/      builds in progress; whoever holds the lock of the key may remove it
    locks/KEY
"""

import contextlib
import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from harness.environments.commands import Commands
from harness.environments.environment import Environment
from harness.environments.installers import How, Installer, python_in
from harness.environments.interpreters import Interpreter, find_interpreter
from harness.environments.kept import Kept, Tell
from harness.environments.keys import key_of
from harness.environments.requirements import is_direct
from harness.environments.source import Source
from harness.environments.wheels import Wheels
from harness.files import write_whole
from harness.records import from_json

ALWAYS = ("numpy", "threadpoolctl")
"""What the worker itself needs."""

MARKER = "linbench-environment.json"
"""Written last: an environment without it is not whole."""


class Place(NamedTuple):
    """What was made for an environment."""

    home: Path | None
    """Its own packages and interpreter; None for those that linbench itself has."""
    layer: Path | None
    """A library that stands before them."""


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

    kept: Kept
    installer: Installer

    @property
    def folder(self) -> Path:
        """Where everything is kept."""
        return self.kept.folder

    @property
    def commands(self) -> Commands:
        """Through which everything runs."""
        return self.kept.commands

    @property
    def wheels(self) -> Wheels:
        """Where source code is built."""
        return Wheels(self.kept, self.installer)

    def place(self, environment: Environment, tell: Tell) -> Place:
        """Everything that an environment consists of, made where it is not there yet.

        Raises
        ------
        BuildFailed, OSError, Stopped
            As `home`.
        """
        source, requires = environment.source, environment.requires
        if source is None:
            return Place(None if environment.here else self.home(environment, tell), None)
        interpreter = find_interpreter(environment.python, self.commands)
        wheel = self.wheels.wheel(source, interpreter, tell, isolated=environment.network)
        if environment.network:
            whole = replace(environment, requires=(*requires, _requirement(wheel)), anything=True, source=None)
            return Place(self.home(whole, tell), None)
        home = None if environment.here else self.home(environment, tell)
        return Place(home, self.wheels.layer(wheel, python_in(home) if home else interpreter.python, tell))

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
        built = [self._built(_absolute(each), interpreter, tell) for each in environment.requires]
        requires = sorted({*built, *ALWAYS})
        order = _Order(requires, interpreter, how)
        asked = key_of(order.requires, *order.base, self._settings())
        with self.kept.locked(asked, tell):
            pins = None if how.direct else self._remembered(asked)
            if pins is not None and self._whole(home := self._place(order, pins)):
                return home
            with self.kept.building(asked) as folder:
                self.installer.create(interpreter.python, folder)
                if pins is None:
                    tell("resolving")
                    pins = self.installer.resolve(folder, requires, how)
                home = self._installed(order, pins, folder, tell)
            with contextlib.suppress(OSError):  # costs the next run the time of asking again
                _write(self._memory(asked), pins)
        return home

    def _built(self, requirement: str, interpreter: Interpreter, tell: Tell) -> str:
        """A folder as the wheel of what is in it: an installer would build it where it is."""
        found = LOCAL.fullmatch(requirement)
        folder = Path(unquote(found["path"])) if found else None
        if found is None or folder is None or not folder.is_dir():
            return requirement
        wheel = self.wheels.wheel(Source(folder), interpreter, tell, isolated=True)
        marker = f" {found['marker']}" if found["marker"] else ""
        return _requirement(wheel, found["named"] or found["extras"] or "") + marker

    def _installed(self, order: _Order, pins: Sequence[str], folder: Path, tell: Tell) -> Path:
        """Install what was resolved, and move it to its place whole."""
        home, anew = self._place(order, pins), any(map(_may_change, pins))
        if anew or not self._whole(home):
            tell("installing")
            self.installer.install(folder, pins, order.how)
            _write(folder / MARKER, {"pins": pins, "python": order.interpreter.version})
            with self.kept.locked(home.name, tell):
                if anew or not self._whole(home):  # other requirements may have come to the same packages meanwhile
                    shutil.rmtree(home, ignore_errors=True)
                    home.parent.mkdir(parents=True, exist_ok=True)
                    folder.rename(home)
        return home

    def _place(self, order: _Order, pins: Sequence[str]) -> Path:
        return self.folder / "made" / key_of(pins, *order.base)

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


def _requirement(wheel: Path, extras: str = "") -> str:
    """A wheel as a requirement."""
    return f"{wheel.name.partition('-')[0]}{extras} @ {wheel.as_uri()}"


def _absolute(requirement: str) -> str:
    """A path that is told from here, told from the root: the installer runs elsewhere."""
    return str(Path(requirement).resolve()) if requirement.startswith(".") else requirement


LOCAL = re.compile(r"(?:[A-Za-z0-9._-]+(?P<named>\[[^]]*\])?\s*@\s*)?(?:file://(?:localhost)?)?(?P<path>/[^[;]*?)"
                   r"(?P<extras>\[[^]]*\])?\s*(?P<marker>;.*)?")  # fmt: skip
"""A requirement that is a path from the root, alone or as a URL."""

FIXED = re.compile(r"@[0-9a-f]{40}(#|$)|sha256=[0-9a-f]{64}|/wheels/[0-9a-f]{32}/[^/]+\.whl")
"""In a pin: a commit, a hash, or a wheel that was built here."""


def _may_change(pin: str) -> bool:
    """Whether other files may come to stand behind a pin."""
    return is_direct(pin) and not FIXED.search(pin)


def _write(path: Path, value: object) -> None:
    """Write JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(value).encode())
