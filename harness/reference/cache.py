"""Exact answers kept on disk by the fingerprint of their problem, so that a problem is solved once ever."""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.base import Problem, ProblemStack
from harness.files import read_own, write_whole
from harness.passes import Watch, steps, unwatched

FORMAT = 3
"""Version of the cached answers; one of another version is made again."""

BLOCK_ROWS = 1 << 14


def fingerprint(problem: Problem | ProblemStack, watch: Watch = unwatched) -> str:
    """SHA-256 over all that an answer depends on: dtype, shape and bytes of X and y, intercept, l2, weights, ranges."""
    digest = hashlib.sha256()
    for array in (problem.X, problem.y):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        _update(digest, array, watch if array is problem.X else unwatched)
    digest.update(f"{problem.intercept}{float(problem.l2).hex()}".encode())
    if isinstance(problem, ProblemStack):
        _update(digest, problem.ranges)
    elif problem.weights is not None:
        _update(digest, problem.weights)
    return digest.hexdigest()


def _update(digest: Any, array: NDArray[Any], watch: Watch = unwatched) -> None:
    for rows in steps("fingerprint", len(array), BLOCK_ROWS, array.nbytes // max(1, len(array)), watch):
        digest.update(np.ascontiguousarray(array[rows]).tobytes())


def load(folder: Path, key: str) -> dict[str, Any] | None:
    """The answer kept under a key; None when there is none, or it is damaged or of another version."""
    try:
        envelope = json.loads(read_own(folder / f"{key}.json"))
        answer = envelope["answer"]
        whole = envelope["format"] == FORMAT and envelope["key"] == key and envelope["checksum"] == _checksum(answer)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return answer if whole and isinstance(answer, dict) else None


def save(folder: Path, key: str, answer: Mapping[str, Any]) -> None:
    """Keep an answer, whole or not at all. A folder that cannot be written costs only the time of solving again."""
    envelope = {"format": FORMAT, "key": key, "checksum": _checksum(answer), "answer": answer}
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / f"{key}.json", json.dumps(envelope).encode())


def remove(folder: Path, key: str) -> None:
    """Forget what is kept under a key, where something is."""
    with contextlib.suppress(OSError):
        (folder / f"{key}.json").unlink(missing_ok=True)


def _checksum(answer: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()
