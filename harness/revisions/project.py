"""Metadata from a library's own files."""

import re
import tomllib
from pathlib import Path
from typing import Any

from harness.errors import UsageError

SET_UP = re.compile(r"""^[ \t(]*(?:.*\bsetup\()?\s*name\s*=\s*["']?([A-Za-z0-9][A-Za-z0-9._-]*)["']?""", re.MULTILINE)
"""The name in a ``setup.cfg``, or as a literal in a ``setup.py``."""


def project_table(folder: Path) -> dict[str, Any]:
    """The table ``[project]`` of a ``pyproject.toml``; empty where there is none.

    Raises
    ------
    UsageError
        When the file cannot be read.
    """
    path = folder / "pyproject.toml"
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    return found if isinstance(found, dict) else {}


def distribution_of(folder: Path) -> str:
    """The distribution's name; the folder's where no file gives one.

    Raises
    ------
    UsageError
        When its ``pyproject.toml`` cannot be read.
    """
    if name := project_table(folder).get("name"):
        return str(name)
    for path in (folder / "setup.cfg", folder / "setup.py"):
        if path.is_file() and (found := SET_UP.search(path.read_text(encoding="utf-8", errors="replace"))):
            return found[1]
    return folder.resolve().name
