"""Makes environments, each beside its final place, and moves them there when they are complete.

In the cache's folder::

    made/KEY/            complete environments; the key depends on packages with versions, interpreter and platform
    resolved/KEY.json    what requirements resolved to, so that a second run need not query an index
    wheels/KEY/          a wheel of source code; the key depends on the commit and the interpreter
    layers/KEY/          the same, unpacked
    building/KEY-…/      builds in progress; the holder of the key's lock may remove it
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

from harness.environments.environment import Environment
from harness.environments.installers import Installer, InstallOptions, python_in
from harness.environments.interpreters import Interpreter, find_interpreter
from harness.environments.keys import key_of
from harness.environments.locked_cache import LockedCache, Tell
from harness.environments.requirements import is_direct
from harness.environments.source import Source
from harness.environments.wheels import Wheels
from harness.files import write_whole
from harness.records import from_json

ALWAYS = ("numpy", "threadpoolctl")
"""Packages that the worker itself needs."""

MARKER = "linbench-environment.json"
"""Written last: an environment without it is incomplete."""


class Place(NamedTuple):
    """What was made for an environment."""

    home: Path | None
    """The folder with its packages and interpreter; None for linbench's own."""
    layer: Path | None
    """The folder with a library to put ahead of them."""


class _Specification(NamedTuple):
    """What to make an environment from."""

    requires: list[str]
    interpreter: Interpreter
    how: InstallOptions

    @property
    def base(self) -> tuple[Sequence[str], ...]:
        """Parts of its key beside the packages."""
        return self.interpreter.facts, self.how.for_pip()


@dataclass(frozen=True)
class Maker:
    """Makes environments and caches them; stopping the commands stops it."""

    cache: LockedCache
    installer: Installer

    @property
    def wheels(self) -> Wheels:
        """Builds source code."""
        return Wheels(self.cache, self.installer)

    def place(self, environment: Environment, tell: Tell) -> Place:
        """What an environment consists of, from the cache or made now.

        Raises
        ------
        BuildFailed, OSError, Stopped
            As `home`.
        """
        source, requires = environment.source, environment.requires
        if source is None:
            return Place(None if environment.here else self.home(environment, tell), None)
        interpreter = find_interpreter(environment.python, self.cache.commands)
        wheel = self.wheels.wheel(source, interpreter, tell, isolated=environment.network)
        if environment.network:
            whole = replace(environment, requires=(*requires, _requirement(wheel)), anything=True, source=None)
            return Place(self.home(whole, tell), None)
        home = None if environment.here else self.home(environment, tell)
        return Place(home, self.wheels.layer(wheel, python_in(home) if home else interpreter.python, tell))

    def home(self, environment: Environment, tell: Tell) -> Path:
        """The folder of an environment, from the cache or made now.

        Raises
        ------
        BuildFailed
            With the installer's reason.
        OSError
            When the folder cannot be written, for example on a full disk.
        Stopped
        """
        interpreter = find_interpreter(environment.python, self.cache.commands)
        direct = any(map(is_direct, environment.requires))
        how = InstallOptions(environment.sources or direct, direct)  # allowing a path implies building it
        built = [self._built(_absolute(each), interpreter, tell) for each in environment.requires]
        requires = sorted({*built, *ALWAYS})
        order = _Specification(requires, interpreter, how)
        asked = key_of(order.requires, *order.base, self._settings())
        with self.cache.locked(asked, tell):
            pins = None if how.direct else self._remembered(asked)
            if pins is not None and self._complete(home := self._place(order, pins)):
                return home
            with self.cache.building(asked) as folder:
                self.installer.create(interpreter.python, folder)
                if pins is None:
                    tell("resolving")
                    pins = self.installer.resolve(folder, requires, how)
                home = self._installed(order, pins, folder, tell)
            with contextlib.suppress(OSError):  # failure only makes the next run resolve again
                _write(self._memory(asked), pins)
        return home

    def _built(self, requirement: str, interpreter: Interpreter, tell: Tell) -> str:
        """A local folder's requirement replaced by its wheel, as an installer would build inside the folder."""
        found = LOCAL.fullmatch(requirement)
        folder = Path(unquote(found["path"])) if found else None
        if found is None or folder is None or not folder.is_dir():
            return requirement
        wheel = self.wheels.wheel(Source(folder), interpreter, tell, isolated=True)
        marker = f" {found['marker']}" if found["marker"] else ""
        return _requirement(wheel, found["named"] or found["extras"] or "") + marker

    def _installed(self, order: _Specification, pins: Sequence[str], folder: Path, tell: Tell) -> Path:
        """Install what was resolved, and move the environment to its place."""
        home, anew = self._place(order, pins), any(map(_may_change, pins))
        if anew or not self._complete(home):
            tell("installing")
            self.installer.install(folder, pins, order.how)
            _write(folder / MARKER, {"pins": pins, "python": order.interpreter.version})
            with self.cache.locked(home.name, tell):
                if anew or not self._complete(home):  # other requirements may have resolved to the same meanwhile
                    shutil.rmtree(home, ignore_errors=True)
                    home.parent.mkdir(parents=True, exist_ok=True)
                    folder.rename(home)
        return home

    def _place(self, order: _Specification, pins: Sequence[str]) -> Path:
        return self.cache.folder / "made" / key_of(pins, *order.base)

    @staticmethod
    def _complete(home: Path) -> bool:
        """Whether an environment is complete, and its base interpreter still exists."""
        return (home / MARKER).is_file() and python_in(home).exists()

    def _memory(self, asked: str) -> Path:
        return self.cache.folder / "resolved" / f"{asked}.json"

    def _remembered(self, asked: str) -> list[str] | None:
        try:
            return from_json(list[str], self._memory(asked).read_bytes())
        except (OSError, ValueError):
            return None

    def _settings(self) -> list[str]:
        """The installer's variables: with another index, requirements may resolve differently."""
        return sorted(
            f"{name}={value}" for name, value in os.environ.items() if name.startswith(self.installer.settings)
        )


def _requirement(wheel: Path, extras: str = "") -> str:
    """A wheel as a requirement."""
    return f"{wheel.name.partition('-')[0]}{extras} @ {wheel.as_uri()}"


def _absolute(requirement: str) -> str:
    """A relative path made absolute, as the installer runs in another folder."""
    return str(Path(requirement).resolve()) if requirement.startswith(".") else requirement


LOCAL = re.compile(r"(?:[A-Za-z0-9._-]+(?P<named>\[[^]]*\])?\s*@\s*)?(?:file://(?:localhost)?)?(?P<path>/[^[;]*?)"
                   r"(?P<extras>\[[^]]*\])?\s*(?P<marker>;.*)?")  # fmt: skip
"""A requirement that is an absolute path, or a file URL."""

FIXED = re.compile(r"@[0-9a-f]{40}(#|$)|sha256=[0-9a-f]{64}|/wheels/[0-9a-f]{32}/[^/]+\.whl")
"""In a pin: a commit, a hash, or a wheel from the cache."""


def _may_change(pin: str) -> bool:
    """Whether the files behind a pin may change."""
    return is_direct(pin) and not FIXED.search(pin)


def _write(path: Path, value: object) -> None:
    """Write JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(value).encode())
