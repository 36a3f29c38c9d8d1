"""Makes environments, resolves requirements and installs them, with uv where it is installed, else with venv and pip.

By default only wheels: building a source distribution runs its code, and compares compilers as much as releases.
"""

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

from harness.environments.commands import Commands

REQUIREMENTS = "linbench-requirements.txt"
PINS = "linbench-pins.txt"
QUIETLY = ("--quiet", "--no-input", "--disable-pip-version-check")


def python_in(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / "bin" / "python"


class InstallOptions(NamedTuple):
    """What an installer may use."""

    sources: bool = False
    """Whether source distributions are allowed."""
    direct: bool = False
    """Whether some requirement is a URL or a path, whose contents may have changed since they were cached."""

    def for_pip(self) -> tuple[str, ...]:
        """Options for pip, which uv also takes."""
        return () if self.sources else ("--only-binary", ":all:")

    def for_uv(self) -> tuple[str, ...]:
        """Options for uv, which would reuse its cached build of a path; ``--refresh`` fails offline."""
        again = "--no-cache" if os.environ.get("UV_OFFLINE") else "--refresh"
        return (*self.for_pip(), again) if self.direct else self.for_pip()


class Installer(Protocol):
    """Makes and fills environments."""

    settings: ClassVar[str]
    """Prefix of the environment variables that it reads, for its index for example."""

    def create(self, python: Path, folder: Path) -> None:
        """Make an empty environment over an interpreter."""

    def resolve(self, folder: Path, requires: Sequence[str], how: InstallOptions) -> list[str]:
        """All packages with versions, one per line as in a requirements file, sorted."""

    def install(self, folder: Path, pins: Sequence[str], how: InstallOptions) -> None:
        """Install exactly what was resolved."""

    def wheel(self, tree: Path, out: Path, python: Path, *, isolated: bool) -> None:
        """Build a folder's wheel into ``out``, with the interpreter's own packages unless isolated."""

    def unpack(self, wheel: Path, into: Path, python: Path) -> None:
        """Install only a wheel into a folder."""


@dataclass(frozen=True)
class Uv:
    """The program uv."""

    uv: str
    commands: Commands
    settings: ClassVar[str] = "UV_"

    def create(self, python: Path, folder: Path) -> None:
        """``uv venv``."""
        self.commands.run(self.uv, "venv", "--quiet", "--no-project", "--python", python, folder, cwd=folder.parent)

    def resolve(self, folder: Path, requires: Sequence[str], how: InstallOptions) -> list[str]:
        """``uv pip compile``."""
        _write(folder / REQUIREMENTS, requires)
        extra = ("--no-header", "--no-annotate", "--output-file", PINS)
        self._pip("compile", folder, *how.for_uv(), *extra, REQUIREMENTS)
        return sorted(filter(None, (folder / PINS).read_text(encoding="utf-8").split("\n")))

    def install(self, folder: Path, pins: Sequence[str], how: InstallOptions) -> None:
        """``uv pip install``, compiled to bytecode as by pip, so that a round's first import does not pay for that."""
        _write(folder / PINS, pins)
        self._pip("install", folder, *how.for_uv(), "--no-deps", "--compile-bytecode", "-r", PINS)

    def wheel(self, tree: Path, out: Path, python: Path, *, isolated: bool) -> None:
        """``uv build --wheel``."""
        extra = () if isolated else ("--no-build-isolation", "--offline")
        words = ("--wheel", "--no-config", "--python", python, *extra, "--out-dir", out, tree)
        self.commands.run(self.uv, "build", *words, cwd=tree)  # --quiet would hide the compiler's messages

    def unpack(self, wheel: Path, into: Path, python: Path) -> None:
        """``uv pip install --target``."""
        words = ("--offline", "--no-deps", "--no-index", "--compile-bytecode", "--target", into, wheel)
        self.commands.run(self.uv, "pip", "install", "--quiet", "--python", python, *words, cwd=wheel.parent)

    def _pip(self, verb: str, folder: Path, *words: str) -> None:
        self.commands.run(self.uv, "pip", verb, "--quiet", "--python", python_in(folder), *words, cwd=folder)


@dataclass(frozen=True)
class Pip:
    """venv and pip."""

    commands: Commands
    ours: bool
    """Whether to use the pip of linbench's own interpreter, which saves seconds per environment. Otherwise each
    environment gets the pip that comes with its Python."""
    settings: ClassVar[str] = "PIP_"

    def create(self, python: Path, folder: Path) -> None:
        """``python -m venv``."""
        words = ("--without-pip", folder) if self.ours else (folder,)
        self.commands.run(python, "-I", "-m", "venv", *words, cwd=folder.parent)

    def resolve(self, folder: Path, requires: Sequence[str], how: InstallOptions) -> list[str]:
        """``pip install --dry-run --report``."""
        _write(folder / REQUIREMENTS, map(_for_pip, requires))
        report = "linbench-report.json"
        extra = ("--dry-run", "--ignore-installed", "--report", report)
        self._install(folder, *how.for_pip(), *extra, "-r", REQUIREMENTS)
        found = json.loads((folder / report).read_text(encoding="utf-8"))["install"]
        return sorted(_pin(each) for each in found)

    def install(self, folder: Path, pins: Sequence[str], how: InstallOptions) -> None:
        """``pip install --no-deps``."""
        _write(folder / PINS, map(_for_pip, pins))
        self._install(folder, *how.for_pip(), "--no-deps", "-r", PINS)

    def wheel(self, tree: Path, out: Path, python: Path, *, isolated: bool) -> None:
        """``pip wheel``."""
        extra = () if isolated else ("--no-build-isolation", "--no-index")
        words = ("wheel", *QUIETLY, "--no-deps", "--no-cache-dir", *extra, "--wheel-dir", out, tree)
        self.commands.run(self._program(python), "-I", "-m", "pip", *words, cwd=tree)

    def unpack(self, wheel: Path, into: Path, python: Path) -> None:
        """``pip install --target``."""
        words = ("install", *QUIETLY, "--no-deps", "--no-index", "--target", into, wheel)
        self.commands.run(self._program(python), "-I", "-m", "pip", *words, cwd=wheel.parent)

    def _program(self, python: Path) -> Path:
        """The interpreter whose pip is used outside of an environment."""
        return Path(sys.executable) if self.ours else python

    def _install(self, folder: Path, *words: str) -> None:
        python = sys.executable if self.ours else python_in(folder)
        into = ("--python", python_in(folder)) if self.ours else ()
        self.commands.run(python, "-I", "-m", "pip", *into, "install", *QUIETLY, *words, cwd=folder)


def _pin(found: dict[str, object]) -> str:
    """A package of pip's report as a line of a requirements file."""
    metadata, source = found["metadata"], found["download_info"]
    assert isinstance(metadata, dict)  # noqa: S101 - pip's documented format
    assert isinstance(source, dict)  # noqa: S101 - as above
    if found.get("is_direct"):
        return f"{metadata['name']} @ {pinned_url(source)}"
    return f"{metadata['name']}=={metadata['version']}"


def pinned_url(source: Mapping[str, Any]) -> str:
    """The URL pinned to what was found: to the commit in a repository, or to the hash of an archive.

    ``source`` is a record of PEP 610, as in ``direct_url.json`` and pip's report.
    """
    url, parts = source["url"], []
    if vcs := source.get("vcs_info"):
        url = f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
    for name, value in (source.get("archive_info") or {}).get("hashes", {}).items():
        parts.append(f"{name}={value}")
    if source.get("subdirectory"):
        parts.append(f"subdirectory={source['subdirectory']}")
    return f"{url}#{'&'.join(parts)}" if parts else str(url)


HOSTLESS = re.compile(r"(?P<name>[^@]+?)\s*@\s*(?P<url>[a-z]+\+file:///[^#\s]*)(#(?P<parts>\S*))?")


def _for_pip(line: str) -> str:
    """The line in a form that every pip accepts: many take ``name @ git+file:///…``, without a host, for a path."""
    found = HOSTLESS.fullmatch(line)
    if found is None:
        return line
    return f"{found['url']}#egg={found['name']}" + (f"&{found['parts']}" if found["parts"] else "")


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def uv() -> str | None:
    """The path of uv, on PATH or beside this interpreter; None where it is not installed."""
    return shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))


def has_pip() -> bool:
    """Whether this interpreter has pip.

    Only the path is searched: setuptools' own finder would replace distutils when asked for pip.
    """
    return PathFinder.find_spec("pip") is not None


def installer(commands: Commands) -> Installer:
    """Uv where it is installed, else pip."""
    program = uv()
    return Uv(program, commands) if program else Pip(commands, ours=has_pip())
