"""An environment as a suite asks for it, and as it was built."""

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
"""Of Python 3; the backends are written in its language."""


@dataclass(frozen=True, kw_only=True)
class EnvironmentRecord:
    """What a run file keeps of an environment; ``other_backends``: it held another commit's code."""

    name: str
    requires: tuple[str, ...] = ()
    python: str | None = None
    other_backends: bool = False


@dataclass(frozen=True)
class Environment:
    """A set of packages, and an interpreter to run them in.

    With neither ``requires`` nor ``python`` it is the interpreter that linbench runs in, as it is.

    Raises
    ------
    ValueError
        When a field is not what it must be; the message begins with the field's name.
    """

    name: str
    """The name by which its cases are told apart."""
    requires: tuple[str, ...] = ()
    """What is installed, as in a requirements file; NumPy and threadpoolctl are always added."""
    python: str | None = None
    """The version of the interpreter, ``"3.12"`` or ``"3.12.4"``; None for this one's."""
    backends: Path | None = None
    """A folder that holds another ``backends`` package, of another commit say; None for this one's. Not in a file."""
    anything: bool = False
    """Take URLs and paths as requirements; see `check_requirement`. Not in a file."""
    sources: bool = False
    """Build what has no wheel, which takes a compiler and runs the package's own code. Not in a file."""

    source: Source | None = None
    """A library's source code, which is built and stands before the installed packages. Not in a file."""
    network: bool = False
    """Let the installer fetch what building ``source`` and running it need, into packages of its own; otherwise those
    that are installed must do. Not in a file."""

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
        """The environment as a run file's first line has it."""
        return EnvironmentRecord(
            name=self.name,
            requires=self.requires,
            python=self.python,
            other_backends=bool(self.backends or self.source),
        )


def environment_from_record(record: EnvironmentRecord) -> Environment:
    """The environment that a run file recorded, made again.

    A run file may be a stranger's: what a suite file may not ask for, it may not either.

    Raises
    ------
    LinbenchError
        When it held another commit's backends, or a requirement that is refused.
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
    """Folders that go before its own packages: what a worker is made of. Empty where they are found without."""
    alone: bool = False
    """Whether nothing of the environment that linbench runs in may be seen in it."""


@dataclass(frozen=True)
class Unbuilt:
    """An environment that could not be built: the status and reason of its cases."""

    status: Literal["missing"]
    reason: str
