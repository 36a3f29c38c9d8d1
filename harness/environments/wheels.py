"""Wheels of source code: each state is built once per interpreter, in a copy, and cached.

A wheel's key depends on the commit, on the contents of uncommitted files, and on the interpreter: what is at its path
never changes.
"""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import InvalidRequirement, Requirement

from harness.environments.commands import BuildFailed
from harness.environments.installers import Installer
from harness.environments.interpreters import Interpreter
from harness.environments.keys import key_of
from harness.environments.locked_cache import LockedCache, Tell
from harness.environments.source import Source

ASK = (
    "import importlib.util as u, json, sys; print(json.dumps({n: getattr(u.find_spec(n), 'origin', None) or "
    "str(next(iter(getattr(u.find_spec(n), 'submodule_search_locations', None) or ()), '')) for n in sys.argv[1:]}))"
)
"""Prints where an interpreter would import names from."""


@dataclass(frozen=True)
class Wheels:
    """Builds wheels, and unpacks them into folders to put ahead of an interpreter's own packages."""

    cache: LockedCache
    installer: Installer

    def wheel(self, source: Source, interpreter: Interpreter, tell: Tell, *, isolated: bool) -> Path:
        """The wheel of a state of source code, from the cache or built now.

        ``isolated``: build with requirements that the installer downloads; otherwise with the interpreter's packages.

        Raises
        ------
        BuildFailed
            With the installer's or the compiler's reason.
        Stopped
        """
        key = key_of(["wheel", source.key(), str(isolated)], interpreter.facts)
        place = self.cache.folder / "wheels" / key
        with self.cache.locked(key, tell):
            if not (found := [*place.glob("*.whl")]):
                with self.cache.building(key) as folder:
                    folder.mkdir()
                    tell("checking out")
                    tree = source.copy(folder / "source")
                    if not isolated:
                        _check_requirements(tree)
                    tell("building its wheel")
                    self.installer.wheel(tree, folder / "wheel", interpreter.python, isolated=isolated)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    (folder / "wheel").rename(place)
                found = [*place.glob("*.whl")]
        if len(found) != 1:
            raise BuildFailed(f"building gave {len(found)} wheels, wanted one")
        return found[0]

    def layer(self, wheel: Path, python: Path, tell: Tell) -> Path:
        """A folder with the wheel's contents, to put ahead of an interpreter's own packages.

        Raises
        ------
        BuildFailed
            Also when the interpreter would still import the library from elsewhere.
        Stopped
        """
        key = key_of(["layer", str(wheel)])
        place = self.cache.folder / "layers" / key
        with self.cache.locked(key, tell):
            if not place.is_dir():
                with self.cache.building(key) as folder:
                    folder.mkdir()
                    tell("unpacking its wheel")
                    self.installer.unpack(wheel, folder / "layer", python)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    (folder / "layer").rename(place)
        self._check_first(wheel, place, python)
        return place

    def _check_first(self, wheel: Path, place: Path, python: Path) -> None:
        """Refuse an editable installation that takes precedence, as it would be measured instead of the commit."""
        names = sorted(_modules(wheel))
        code = f"import sys; sys.path.insert(0, {str(place)!r}); {ASK}"
        found = json.loads(self.cache.commands.run(python, "-P", "-c", code, *names, cwd=place))
        for name, origin in found.items():
            if not Path(origin).resolve().is_relative_to(place.resolve()):
                raise BuildFailed(
                    f"{name} would be imported from {origin}: it is installed as editable there; uninstall it, "
                    "or let each commit have an environment of its own (--network)"
                )


def _modules(wheel: Path) -> Iterator[str]:
    """The top-level modules in a wheel."""
    with ZipFile(wheel) as archive:
        parts = [Path(name).parts for name in archive.namelist()]
    parts = [part[2:] if part[0].endswith(".data") and part[1] in ("purelib", "platlib") else part for part in parts]
    found = {part[0] for part in parts if part and len(part) > 1} | {
        part[0].partition(".")[0] for part in parts if len(part) == 1 and part[0].endswith((".py", ".so"))
    }
    yield from (name for name in found if name.isidentifier())


def _check_requirements(tree: Path) -> None:
    """Refuse missing build requirements; without this check the reason would be a traceback of the build tool."""
    try:
        text = (tree / "pyproject.toml").read_text(encoding="utf-8")
        wanted = tomllib.loads(text).get("build-system", {}).get("requires", ["setuptools"])
    except FileNotFoundError:
        wanted = ["setuptools"]
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BuildFailed(f"pyproject.toml cannot be read: {error}") from error
    if lacking := [each for each in wanted if not _installed(each)]:
        raise BuildFailed(
            f"building it needs {', '.join(lacking)}: install that beside linbench, or let the installer fetch it "
            "(--network)"
        )


def _installed(text: str) -> bool:
    try:
        wanted = Requirement(text)
        if wanted.marker is not None and not wanted.marker.evaluate():
            return True
        return wanted.specifier.contains(version(wanted.name), prereleases=True)
    except (InvalidRequirement, PackageNotFoundError):
        return False
