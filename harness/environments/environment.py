"""An environment as a suite describes it, and as built."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.environments.requirements import check_requirement
from harness.environments.source import Source
from harness.errors import LinbenchError

DEFAULT = "default"
"""The environment that linbench itself runs in."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
PYTHON = re.compile(r"3\.([0-9]{1,2})(\.[0-9]{1,2})?")
OLDEST_MINOR = 11
"""Oldest minor version of Python 3 that can run the backends."""


@dataclass(frozen=True, kw_only=True)
class EnvironmentRecord:
    """An environment in a run file; ``other_backends``: it had another commit's code."""

    name: str
    requires: tuple[str, ...] = ()
    python: str | None = None
    other_backends: bool = False


@dataclass(frozen=True)
class Environment:
    """A set of packages, and an interpreter to run them in.

    With neither ``requires`` nor ``python`` it is the interpreter that linbench runs in, unchanged.

    Raises
    ------
    ValueError
        When a field is invalid; the message begins with its name.
    """

    name: str
    """Distinguishes its cases from others."""
    requires: tuple[str, ...] = ()
    """Packages to install, as in a requirements file; NumPy and threadpoolctl are always added."""
    python: str | None = None
    """The interpreter's version, ``"3.12"`` or ``"3.12.4"``; None for that of linbench's own."""
    backends: Path | None = None
    """A folder with another ``backends`` package, such as another commit's; None for linbench's own. Not in a file."""
    anything: bool = False
    """Whether URLs and paths are accepted as requirements; see `check_requirement`. Not in a file."""
    sources: bool = False
    """Whether to build packages without a wheel, which needs a compiler and runs their code. Not in a file."""

    source: Source | None = None
    """A library's source code, whose build is put ahead of the installed packages. Not in a file."""
    network: bool = False
    """Whether the installer may download what building and running ``source`` need; otherwise installed packages are
    used. Not in a file."""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name) or self.name == DEFAULT:
            raise ValueError(f"name: got {self.name!r}, wanted letters, digits, '.', '_', '-', and not {DEFAULT!r}")
        for text in self.requires:
            try:
                check_requirement(text, anything=self.anything)
            except ValueError as error:
                raise ValueError(f"requires: {error}") from error
        version = PYTHON.fullmatch(self.python) if self.python is not None else None
        if self.python is not None and (version is None or int(version[1]) < OLDEST_MINOR):
            raise ValueError(f'python: got {self.python!r}, wanted a version such as "3.12", from 3.{OLDEST_MINOR} on')

    @property
    def here(self) -> bool:
        """Whether it is the interpreter that linbench runs in."""
        return not self.requires and self.python is None

    @property
    def record(self) -> EnvironmentRecord:
        """The environment's record in a run file."""
        return EnvironmentRecord(
            name=self.name,
            requires=self.requires,
            python=self.python,
            other_backends=bool(self.backends or self.source),
        )


def environment_from_record(record: EnvironmentRecord) -> Environment:
    """The environment that a run file recorded.

    A run file is untrusted: it may request no more than a suite file.

    Raises
    ------
    LinbenchError
        When it had another commit's backends, or a requirement that is refused.
    """
    if record.other_backends:
        raise LinbenchError(f"environment {record.name!r} held another commit's code; it cannot be made again")
    try:
        return Environment(record.name, record.requires, record.python)
    except ValueError as error:
        raise LinbenchError(f"environment {record.name!r} cannot be made again: {error}") from error


@dataclass(frozen=True)
class Built:
    """An environment that was built."""

    python: Path = Path(sys.executable)
    """Its interpreter."""
    path: tuple[Path, ...] = ()
    """Folders to put ahead of its own packages: the worker's code. Empty where that is found anyway."""
    alone: bool = False
    """Whether it must be isolated from the environment that linbench runs in."""


@dataclass(frozen=True)
class Unbuilt:
    """An environment that could not be built: the status and reason of its cases."""

    status: Literal["missing"]
    reason: str
