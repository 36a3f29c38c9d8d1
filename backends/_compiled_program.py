"""Programs in C and C++ beside this file, compiled once into the cache folder."""

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from backends._cache import cache_folder, turn
from backends._engine import FOLDER, Engine
from backends._program import environment, last_line
from backends.base import Missing

COMPILE_LIMIT = 300.0
"""Seconds a compiler may take."""


@dataclass(frozen=True, kw_only=True)
class Compiled(Engine):
    """Least squares in a small program of our own over a C or C++ library.

    Attributes
    ----------
    program : str
        The compiler, by name or path.
    include : str
        A folder with the library's headers, searched before the system's, to choose a version installed elsewhere.
    """

    source: ClassVar[str]
    flags: ClassVar[Sequence[str]] = ()
    headers: ClassVar[Sequence[str]] = ()

    include: str = ""

    def definitions(self) -> Sequence[str]:
        """Macros of the options that the program is compiled for, where compiling it for all of them takes long."""
        return ()

    @classmethod
    def lack(cls) -> str | None:
        """What to install where there is no compiler, or none of the system's usual folders has the header."""
        if not shutil.which(cls.program):
            return cls.package.advice
        usual = [Path(each) for each in ("/usr/include", "/usr/include/eigen3", "/usr/local/include")]
        found = all(any((folder / header).exists() for folder in usual) for header in cls.headers)
        return None if found else cls.package.advice

    def command(self) -> Sequence[str]:
        """The compiled program.

        Raises
        ------
        Missing
            When there is no compiler, or it finds no header or library.
        """
        include = [f"-I{self.include}"] if self.include else []
        flags = [*include, *self.definitions(), *self.flags]
        return [str(compiled(self.program, FOLDER / self.source, flags, self.package.advice))]

    def build(self) -> None:
        """Compile the program, unless the cache has it."""
        self.command()

    def settings(self) -> dict[str, Any]:
        """The options of the method, without those of the compiler."""
        return {name: value for name, value in super().settings().items() if name != "include"}


def compiled(compiler: str, source: Path, flags: Sequence[str], advice: str) -> Path:
    """The program of a source; compiled unless the cache has it for the same source, compiler, flags and headers.

    Parameters
    ----------
    flags : sequence of str
        What follows the source on the command line: folders, libraries.
    advice : str
        What to install when it cannot be compiled.

    Raises
    ------
    Missing
        When there is no compiler, or it finds no header or library.
    """
    folder = cache_folder("engines") / _key(compiler, source, flags, advice)
    program, built_from = folder / source.stem, folder / "headers.json"
    if program.exists() and _unchanged(built_from):
        return program
    with turn(folder), tempfile.TemporaryDirectory(dir=folder) as scratch:
        if program.exists() and _unchanged(built_from):  # another process made it meanwhile
            return program
        fresh, listing = Path(scratch, "program"), Path(scratch, "listing")
        words = [compiler, "-O2", "-MD", "-MF", str(listing), str(source), "-o", str(fresh), *flags]
        _run(words, f"{source.name} cannot be compiled", advice)
        headers = Path(scratch, "headers.json")
        headers.write_text(json.dumps(_stamps(_listed(listing))), encoding="utf-8")
        fresh.replace(program)
        headers.replace(built_from)
    return program


def _key(compiler: str, source: Path, flags: Sequence[str], advice: str) -> str:
    version = _run([compiler, "--version"], f"{compiler} cannot be started", advice)
    words = [version, source.read_text(encoding="utf-8"), (FOLDER / "_protocol.h").read_text(encoding="utf-8"), *flags]
    return f"{source.stem}-{hashlib.sha256(json.dumps([compiler, *words]).encode()).hexdigest()[:16]}"


def _run(words: Sequence[str], failure: str, advice: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a compiler that a suite names
            list(words), capture_output=True, check=False, timeout=COMPILE_LIMIT, env=environment()
        )
    except OSError as error:
        raise Missing(f"{failure} ({error.strerror}); {advice}") from error
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"{failure}: {words[0]} took longer than {COMPILE_LIMIT:g} s") from error
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if b"error" in line] or [done.stderr]
        raise Missing(f"{failure} ({last_line(errors[0])}); {advice}")
    return done.stdout.decode(errors="replace")


def _listed(listing: Path) -> list[str]:
    """The files of a compiler's dependency listing, which has a target, a colon, and lines joined by backslashes."""
    return listing.read_text(encoding="utf-8").replace("\\\n", " ").partition(":")[2].split()


def _stamps(files: Sequence[str]) -> dict[str, list[int]]:
    return {file: [(about := Path(file).stat()).st_size, about.st_mtime_ns] for file in files}


def _unchanged(built_from: Path) -> bool:
    try:
        before: dict[str, list[int]] = json.loads(built_from.read_text(encoding="utf-8"))
        return before == _stamps(list(before))
    except (OSError, ValueError):
        return False
