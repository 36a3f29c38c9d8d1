"""Least squares to the last digit, whatever the condition or the rank: see `backends._augmented`, `backends._rank`."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from backends._augmented import FACTOR_BLOCK, refine, tall_skinny_r
from backends._double_double import Pair
from backends._rank import find_basis, solution
from backends._rows import Rows
from backends.base import Fit, Problem

Float64 = NDArray[np.float64]

REGULAR = 2.0**-40
"""A column at more than this distance from the span of the others, relative to its length, and R can be trusted."""


def solve_refined(problem: Problem) -> Fit:
    """QR of the rows, block by block, and refinement with residuals in twice the working precision.

    Returns
    -------
    Fit
        ``converged`` is False where refinement did not come to rest: the digits of a coefficient are then not known.
    """
    rows = Rows.of(problem)
    with np.errstate(all="ignore"):
        R = tall_skinny_r(_root_scaled(rows), rows.n_columns)
        if _is_regular(R):
            found = refine(lambda elements: _paired(rows, elements), R)
            if found.converged:
                return _fit(rows, found.x, rows.n_columns, converged=True)
        basis = find_basis(rows, R)
        x, converged = solution(basis)
        return _fit(rows, x, len(basis.members), converged=converged)


def _root_scaled(rows: Rows) -> Iterator[Float64]:
    """A alone, each row times the root of its weight."""
    for A, _, w in rows.blocks(max(FACTOR_BLOCK, 4 * rows.n_columns**2)):
        yield A if w is None else A * np.sqrt(w)[:, None]


def _paired(rows: Rows, elements: int) -> Iterator[tuple[Float64, Pair, Float64 | None]]:
    for A, b, w in rows.blocks(elements):
        yield A, Pair.of(b), w


def _is_regular(R: Float64) -> bool:
    """Whether every column stands clear of the span of the others, by more than the rounding of a QR could hide."""
    if R.shape[0] < R.shape[1] or not np.diag(R).all():
        return False
    # row j of the inverse of R is 1 / (distance of column j from the others) long
    inverse = np.linalg.inv(R / np.linalg.norm(R, axis=0))
    return bool((np.linalg.norm(inverse, axis=1) < 1 / REGULAR).all())


def _fit(rows: Rows, x: Pair, columns: int, *, converged: bool) -> Fit:
    coef, intercept = rows.original(x.hi)
    return Fit(coef, intercept, converged, iterations=None, rank=columns)
