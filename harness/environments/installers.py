"""uv where it is installed, else venv and pip: each makes an environment, resolves requirements and installs them.

Wheels only: building a source distribution runs its code, and compares compilers as much as releases.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from harness.environments.commands import Commands

__all__ = ["Installer", "Pip", "Uv", "installer", "python_in"]

REQUIREMENTS = "linbench-requirements.txt"
PINS = "linbench-pins.txt"


def python_in(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / "bin" / "python"


class Installer(Protocol):
    """What fills an environment."""

    settings: str
    """How the names of the variables begin that it reads, its index among them."""

    def create(self, python: Path, folder: Path) -> None:
        """Make an empty environment over an interpreter."""

    def resolve(self, folder: Path, requires: Sequence[str]) -> list[str]:
        """Every package with its version, one a line of a requirements file, sorted."""

    def install(self, folder: Path, pins: Sequence[str]) -> None:
        """Install what was resolved, and nothing else."""


class Uv:
    """uv.

    Parameters
    ----------
    uv : str
        The program.
    commands : Commands
    """

    settings = "UV_"

    def __init__(self, uv: str, commands: Commands) -> None:
        self._uv = uv
        self._run = commands.run

    def create(self, python: Path, folder: Path) -> None:
        """``uv venv``."""
        self._run(self._uv, "venv", "--quiet", "--no-project", "--python", python, folder, cwd=folder.parent)

    def resolve(self, folder: Path, requires: Sequence[str]) -> list[str]:
        """``uv pip compile``."""
        _write(folder / REQUIREMENTS, requires)
        told = ("--quiet", "--no-header", "--no-annotate", "--output-file", PINS)
        self._pip("compile", folder, *told, REQUIREMENTS)
        return sorted(filter(None, (folder / PINS).read_text(encoding="utf-8").split("\n")))

    def install(self, folder: Path, pins: Sequence[str]) -> None:
        """``uv pip install``, compiled to bytecode, as pip does it: the first import of a round is not to pay for it."""
        _write(folder / PINS, pins)
        self._pip("install", folder, "--quiet", "--no-deps", "--compile-bytecode", "-r", PINS)

    def _pip(self, verb: str, folder: Path, *words: str) -> None:
        where = ("--python", python_in(folder), "--only-binary", ":all:")
        self._run(self._uv, "pip", verb, *where, *words, cwd=folder)


class Pip:
    """venv, and the pip that it brings.

    Parameters
    ----------
    commands : Commands
    """

    settings = "PIP_"

    def __init__(self, commands: Commands) -> None:
        self._run = commands.run

    def create(self, python: Path, folder: Path) -> None:
        """``python -m venv``."""
        self._run(python, "-I", "-m", "venv", folder, cwd=folder.parent)

    def resolve(self, folder: Path, requires: Sequence[str]) -> list[str]:
        """``pip install --dry-run --report``."""
        _write(folder / REQUIREMENTS, requires)
        report = "linbench-report.json"
        self._install(folder, "--dry-run", "--ignore-installed", "--report", report, "-r", REQUIREMENTS)
        found = json.loads((folder / report).read_text(encoding="utf-8"))["install"]
        return sorted(_pin(each) for each in found)

    def install(self, folder: Path, pins: Sequence[str]) -> None:
        """``pip install --no-deps``."""
        _write(folder / PINS, pins)
        self._install(folder, "--no-deps", "-r", PINS)

    def _install(self, folder: Path, *words: str) -> None:
        quietly = ("--quiet", "--no-input", "--disable-pip-version-check", "--only-binary", ":all:")
        self._run(python_in(folder), "-I", "-m", "pip", "install", *quietly, *words, cwd=folder)


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


def installer(commands: Commands) -> Installer:
    """The installer that there is."""
    uv = shutil.which("uv")
    return Uv(uv, commands) if uv else Pip(commands)
