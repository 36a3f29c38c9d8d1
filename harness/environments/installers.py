"""uv where it is installed, else venv and pip: each makes an environment, resolves requirements and installs them.

Wheels only, unless told: building a source distribution runs its code, and compares compilers as much as releases.
"""

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol

from harness.environments.commands import Commands

REQUIREMENTS = "linbench-requirements.txt"
PINS = "linbench-pins.txt"


def python_in(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / "bin" / "python"


class How(NamedTuple):
    """What an installer may take."""

    sources: bool = False
    """Source distributions too."""
    direct: bool = False
    """Whether some requirement is a URL or a path: what is behind it may have changed since it was last looked at."""

    def for_pip(self) -> tuple[str, ...]:
        """The options of pip, which are uv's too."""
        return () if self.sources else ("--only-binary", ":all:")

    def for_uv(self) -> tuple[str, ...]:
        """The options of uv: it would take what it once made of a path."""
        return (*self.for_pip(), "--refresh") if self.direct else self.for_pip()


class Installer(Protocol):
    """What fills an environment."""

    settings: ClassVar[str]
    """How the names of the variables begin that it reads, its index among them."""

    def create(self, python: Path, folder: Path) -> None:
        """Make an empty environment over an interpreter."""

    def resolve(self, folder: Path, requires: Sequence[str], how: How) -> list[str]:
        """Every package with its version, one per line as in a requirements file, sorted."""

    def install(self, folder: Path, pins: Sequence[str], how: How) -> None:
        """Install what was resolved, and nothing else."""


@dataclass(frozen=True)
class Uv:
    """The program uv."""

    uv: str
    commands: Commands
    settings: ClassVar[str] = "UV_"

    def create(self, python: Path, folder: Path) -> None:
        """``uv venv``."""
        self.commands.run(self.uv, "venv", "--quiet", "--no-project", "--python", python, folder, cwd=folder.parent)

    def resolve(self, folder: Path, requires: Sequence[str], how: How) -> list[str]:
        """``uv pip compile``."""
        _write(folder / REQUIREMENTS, requires)
        told = ("--no-header", "--no-annotate", "--output-file", PINS)
        self._pip("compile", folder, *how.for_uv(), *told, REQUIREMENTS)
        return sorted(filter(None, (folder / PINS).read_text(encoding="utf-8").split("\n")))

    def install(self, folder: Path, pins: Sequence[str], how: How) -> None:
        """``uv pip install``, compiled to bytecode as by pip: the first import of a round is not to pay for it."""
        _write(folder / PINS, pins)
        self._pip("install", folder, *how.for_uv(), "--no-deps", "--compile-bytecode", "-r", PINS)

    def _pip(self, verb: str, folder: Path, *words: str) -> None:
        self.commands.run(self.uv, "pip", verb, "--quiet", "--python", python_in(folder), *words, cwd=folder)


@dataclass(frozen=True)
class Pip:
    """venv and pip."""

    commands: Commands
    ours: bool
    """Whether to use the pip of the interpreter that linbench runs in; it saves seconds per environment. Otherwise each
    environment gets the one that comes with its Python."""
    settings: ClassVar[str] = "PIP_"

    def create(self, python: Path, folder: Path) -> None:
        """``python -m venv``."""
        words = ("--without-pip", folder) if self.ours else (folder,)
        self.commands.run(python, "-I", "-m", "venv", *words, cwd=folder.parent)

    def resolve(self, folder: Path, requires: Sequence[str], how: How) -> list[str]:
        """``pip install --dry-run --report``."""
        _write(folder / REQUIREMENTS, requires)
        report = "linbench-report.json"
        told = ("--dry-run", "--ignore-installed", "--report", report)
        self._install(folder, *how.for_pip(), *told, "-r", REQUIREMENTS)
        found = json.loads((folder / report).read_text(encoding="utf-8"))["install"]
        return sorted(_pin(each) for each in found)

    def install(self, folder: Path, pins: Sequence[str], how: How) -> None:
        """``pip install --no-deps``."""
        _write(folder / PINS, pins)
        self._install(folder, *how.for_pip(), "--no-deps", "-r", PINS)

    def _install(self, folder: Path, *words: str) -> None:
        python = sys.executable if self.ours else python_in(folder)
        into = ("--python", python_in(folder)) if self.ours else ()
        quietly = ("--quiet", "--no-input", "--disable-pip-version-check")
        self.commands.run(python, "-I", "-m", "pip", *into, "install", *quietly, *words, cwd=folder)


def _pin(found: dict[str, object]) -> str:
    """A package of pip's report as a line of a requirements file."""
    metadata, source = found["metadata"], found["download_info"]
    assert isinstance(metadata, dict)  # noqa: S101 - pip's documented format
    assert isinstance(source, dict)  # noqa: S101 - as above
    if found.get("is_direct"):
        return f"{metadata['name']} @ {source['url']}"
    return f"{metadata['name']}=={metadata['version']}"


def _write(path: Path, lines: Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def uv() -> str | None:
    """uv, on the path or beside this interpreter; None where it is not installed."""
    return shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))


def installer(commands: Commands) -> Installer:
    """The installer that there is: uv, else pip."""
    program = uv()
    return Uv(program, commands) if program else Pip(commands, ours=find_spec("pip") is not None)
