"""The fingerprint of a problem: the key under which its exact answer is cached on disk."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.base import Problem, ProblemStack
from harness.passes import Watch, steps, unwatched

BLOCK_ROWS = 1 << 14


def fingerprint(problem: Problem | ProblemStack, watch: Watch = unwatched) -> str:
    """SHA-256 of everything an answer depends on: dtype, shape and bytes of X and y, intercept, l2, weights, ranges."""
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
