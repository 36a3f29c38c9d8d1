"""Backends over programs that are started for each fit, with files in and text out."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from backends._direct import direct_fit
from backends._program import Package, last_line, start
from backends._scratch import Scratch
from backends.base import Backend, Device, Fit, Inference, Problem, option

if TYPE_CHECKING:
    from resource import struct_rusage

LARGEST_OUTPUT = 1 << 24
"""Most bytes that a program may print."""


@dataclass(frozen=True, eq=False)
class Document:
    """A problem written to a file for a program."""

    scratch: Scratch
    """The folder of the file."""
    rows: int
    columns: int
    """``rows`` and ``columns`` of the design matrix, without a column of ones."""
    intercept: bool

    @property
    def folder(self) -> Path:
        """The folder the program runs in."""
        return self.scratch.path

    @property
    def parameters(self) -> int:
        """Coefficients and intercept."""
        return self.columns + self.intercept


@dataclass(frozen=True)
class Estimates:
    """The numbers that a program printed."""

    values: Sequence[float]
    """The intercept's first where there is one."""
    standard_errors: Sequence[float] | None = None
    """In the same order."""
    r_squared: float | None = None


@dataclass(frozen=True, kw_only=True)
class Whole(Backend[Document]):
    """Least squares in a program that is started for each fit: the time includes starting, reading and writing.

    Attributes
    ----------
    program : str
        The program, by name or path.
    deadline : float
        Seconds that a fit may take, the program's start included.
    """

    timed_whole: ClassVar[bool] = True
    package: ClassVar[Package]

    program: str = ""
    deadline: float = option(120.0, above=0)

    @classmethod
    def lack(cls) -> str | None:
        """What to install where the default program is not found."""
        return None if shutil.which(cls.program) else cls.package.advice

    @abstractmethod
    def write(self, problem: Problem, folder: Path) -> None:
        """Write the problem in a format of the program."""

    @abstractmethod
    def command(self, document: Document) -> Sequence[str]:
        """The command line of a fit."""

    @abstractmethod
    def read(self, document: Document, printed: str) -> Estimates:
        """Find the estimates in what the program wrote.

        Raises
        ------
        Unsupported
            When the program says that it cannot answer.
        ValueError
            When there are none.
        """

    def prepare(self, problem: Problem, device: Device) -> Document:
        """Write the file.

        Raises
        ------
        Unsupported
            As `check`.
        """
        self.check(problem)
        rows, width = problem.X.shape
        document = Document(Scratch(), rows, width, problem.intercept)
        self.write(problem, document.folder)
        return document

    def solve(self, state: Document) -> Fit:
        """Run the program and read what it wrote.

        Raises
        ------
        Unsupported, Missing
            As `read`, and when there is no such program.
        """
        name = self.library.distribution
        printed = run_whole(self.command(state), name, self.package, state.folder, self.deadline)
        found = self.read(state, printed)
        values = np.asarray(found.values, dtype=np.float64)
        if values.shape != (state.parameters,):
            raise ValueError(f"{name} answered {len(values)} estimates, wanted {state.parameters}")
        if not np.isfinite(values).all():
            raise ValueError(f"{name} answered {values[~np.isfinite(values)][0]} for an estimate")
        return direct_fit(values, intercept=state.intercept, first=True, inference=_inference(found))

    def version_command(self) -> Sequence[str]:
        """The command line that prints the program's version."""
        return [self.program, "--version"]

    def versions(self, state: Document) -> dict[str, str]:
        """The first version number that the program prints."""
        name = self.library.distribution
        words = run_whole(self.version_command(), name, self.package, state.folder, self.deadline).split()
        numbers = [word.strip("',()") for word in words if any(digit.isdigit() for digit in word) and "." in word]
        return {name: numbers[0] if numbers else "unknown"}

    def outside_bytes(self, state: Document) -> int:
        """Peak resident memory of any program that has run so far."""
        return _spent().ru_maxrss * 1024

    def outside_cpu_seconds(self, state: Document) -> float:
        """Processor seconds of all programs that have ended so far."""
        spent = _spent()
        return spent.ru_utime + spent.ru_stime


def _spent() -> "struct_rusage":
    """Resources that all ended programs have used."""
    import resource  # Windows lacks it, but must be able to import every backend

    return resource.getrusage(resource.RUSAGE_CHILDREN)


def _inference(found: Estimates) -> Any:
    if found.standard_errors is None:
        return None
    errors, r_squared = np.asarray(found.standard_errors, dtype=np.float64), found.r_squared
    return lambda: Inference(errors, r_squared)


def run_whole(
    command: Sequence[str], name: str, package: Package, folder: Path, deadline: float, user: str | None = None
) -> str:
    """Run a program to its end and return what it printed.

    Parameters
    ----------
    name : str
        The program's name in messages.
    package : Package
        What to install where it is missing.
    folder : Path
        The folder it runs in, also its home folder.
    deadline : float
        Seconds it may take.
    user : str, optional
        The user to run it as, where this process may choose.

    Raises
    ------
    Missing
        When there is no such program.
    TimeoutError
        When it takes longer. It is killed, with all that it started.
    RuntimeError
        When it fails, or prints too much.
    """
    with (folder / "printed").open("w+b") as printed, (folder / "words").open("w+b") as words:
        process = start(
            command,
            package,
            stdin=subprocess.DEVNULL,
            stdout=printed.fileno(),
            stderr=words.fileno(),
            cwd=folder,
            user=user,
        )
        try:
            code = _wait(process, printed.fileno(), name, deadline)
        except BaseException:
            _end_tree(process)
            raise
        printed.seek(0)
        words.seek(0)
        if code:
            how = f"ended with status {code}" if code > 0 else f"was killed by {signal.Signals(-code).name}"
            said = last_line(words.read(LARGEST_OUTPUT)) or last_line(printed.read(LARGEST_OUTPUT))
            raise RuntimeError(f"{name} {how}" + (f"; its last words: {said}" if said else ""))
        return printed.read(LARGEST_OUTPUT).decode(errors="replace")


def _wait(process: subprocess.Popen[bytes], printed: int, name: str, deadline: float) -> int:
    end = time.monotonic() + deadline
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(min(0.5, max(0.0, end - time.monotonic())))
        if time.monotonic() >= end:
            raise TimeoutError(f"{name} did not end within {deadline:g} s")
        if os.fstat(printed).st_size > LARGEST_OUTPUT:
            raise RuntimeError(f"{name} printed more than {LARGEST_OUTPUT} bytes")


def _end_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and all that it started, because wrappers may not pass a signal on."""
    for pid in [*_descendants(process.pid), process.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def _descendants(pid: int) -> Iterator[int]:
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, ValueError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            yield int(child)
            yield from _descendants(int(child))
