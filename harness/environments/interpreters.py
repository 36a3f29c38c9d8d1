"""Finds the interpreter of an environment among those installed."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harness.environments.commands import BuildFailed, Commands

ASK = (
    "import json, platform, sys, sysconfig; print(json.dumps(["
    "platform.python_version(), sys.implementation.cache_tag, sysconfig.get_platform(), "
    "'-'.join(platform.libc_ver()), sys.base_prefix]))"
)
"""Prints what determines the wheels an interpreter accepts, and its home."""


class Interpreter(NamedTuple):
    """An interpreter with its properties."""

    python: Path
    version: str
    """As in ``3.12.4``."""
    facts: tuple[str, ...]
    """Version, implementation, platform, C library and home; part of the key of environments over it."""


def find_interpreter(version: str | None, commands: Commands) -> Interpreter:
    """The first installed interpreter of a version, "3.12" or "3.12.4"; this one if it fits, or without a version.

    Raises
    ------
    BuildFailed
        When there is none. Nothing is downloaded.
    """
    if version is None:
        return _interpreter(Path(sys.executable), commands)
    for python in _candidates(version):
        try:
            found = _interpreter(python, commands)
        except BuildFailed:
            continue  # such as a version manager's shim without an interpreter
        if f"{found.version}.".startswith(f"{version}."):
            return found
    raise BuildFailed(f"no Python {version} is installed: install it, or remove python = {json.dumps(version)}")


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    name = "python" + ".".join(version.split(".")[:2])
    if found := shutil.which(name):
        yield Path(found)
    home = Path.home()
    managers = (Path(os.environ.get("PYENV_ROOT") or home / ".pyenv") / "versions", home / ".local/share/uv/python")
    for folder in managers:
        yield from sorted(folder.glob(f"*/bin/{name}"), reverse=True)


def _interpreter(python: Path, commands: Commands) -> Interpreter:
    facts = tuple(json.loads(commands.run(python, "-I", "-c", ASK, cwd=Path("/"))))
    return Interpreter(python, facts[0], facts)
