"""Notes of people on runs, kept beside them: short JSON lists of records, which may be edited by hand."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from harness.errors import StoreError
from harness.files import write_whole
from harness.records import from_json, values_of

T = TypeVar("T")


def kept(kind: type[T], path: Path) -> list[T]:
    """Read the records of a file; empty where there is no file.

    Raises
    ------
    StoreError
        When it cannot be read.
    """
    listed: Any = list[kind]  # type: ignore[valid-type]
    try:
        found: list[T] = from_json(listed, path.read_bytes())
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: cannot be read: {error}; mend it, or remove it") from error
    return found


def keep(path: Path, every: Sequence[object]) -> Path:
    """Write the records of a file.

    Raises
    ------
    StoreError
        When they cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps([values_of(each) for each in every], indent=1, ensure_ascii=False).encode())
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error
    return path
