"""The kernel of the embedding, as a `backends._embedding.Add`."""

from __future__ import annotations

from ctypes import addressof, c_int64, c_void_p
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends._embedding import Draw
from backends._kernels import machine_code
from backends._kernels.machine_code import MachineCode
from backends._kernels.pointers import is_plain
from backends.base import Problem

KERNEL = "embed_rows", *(c_void_p,) * 2, *(c_int64,) * 3, *(c_void_p,) * 2, *(c_int64,) * 2, c_void_p


class BoundEmbedding:
    """The bound kernel.

    Attributes
    ----------
    versions : str
        Versions of the compilers that made it.
    """

    def __init__(self, code: MachineCode) -> None:
        self.versions = code.versions
        self._kernel = code.function(*KERNEL)

    def __call__(self, problem: Problem, draw: Draw, found: NDArray[np.float64]) -> None:
        """Add the rows of a draw to a sketch."""
        own, done = slice(draw.first, draw.last), c_int64()
        X, y = problem.X[own], problem.y[own]
        _, bands, band = draw.places.shape
        self._kernel(
            addressof(done), None, _at(X), _at(y), len(y), X.shape[1], problem.intercept, _at(draw.places),
            _at(draw.signs), band, bands, _at(found),
        )  # fmt: skip


def bind_embedding(problem: Problem) -> BoundEmbedding | None:
    """The kernel; None where it does not suit the problem, or there is none."""
    code = machine_code.load("sketch") if is_plain(problem.X, problem.y) else None
    return BoundEmbedding(code) if code else None


def _at(array: NDArray[Any]) -> int:
    return array.ctypes.data
