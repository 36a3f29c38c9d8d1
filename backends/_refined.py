"""Least squares to the last digit, whatever the condition or the rank: see `backends._augmented`, `backends._rank`."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from backends._augmented import FACTOR_BLOCK, is_regular, refine, tall_skinny_r
from backends._double_double import Pair
from backends._rank import find_basis, solution
from backends._rows import Rows
from backends._wide import solve_wide
from backends.base import Fit, Problem

Float64 = NDArray[np.float64]


def solve_refined(problem: Problem) -> Fit:
    """QR of the rows, block by block, and refinement with residuals in twice the working precision.

    Returns
    -------
    Fit
        ``converged`` is False where refinement did not settle: some coefficient's digits are then uncertain.
    """
    with np.errstate(all="ignore"):
        if (fit := solve_wide(problem)) is not None:
            return fit
        rows = Rows.of(problem)
        R = tall_skinny_r(_root_scaled(rows), rows.n_columns)
        if is_regular(R):
            found = refine(lambda elements: _paired(rows, elements), R)
            if found.converged:
                return _fit(rows, found.x, rows.n_columns, converged=True)
        basis = find_basis(rows, R)
        x, converged = solution(basis)
        return _fit(rows, x, len(basis.members), converged=converged)


def _root_scaled(rows: Rows) -> Iterator[Float64]:
    """A alone, each row multiplied by the root of its weight."""
    for A, _, w in rows.blocks(max(FACTOR_BLOCK, 4 * rows.n_columns**2)):
        yield A if w is None else A * np.sqrt(w)[:, None]


def _paired(rows: Rows, elements: int) -> Iterator[tuple[Float64, Pair, Float64 | None]]:
    for A, b, w in rows.blocks(elements):
        yield A, Pair.of(b), w


def _fit(rows: Rows, x: Pair, columns: int, *, converged: bool) -> Fit:
    coef, intercept = rows.original(x.hi)
    return Fit(coef, intercept, converged, iterations=None, rank=columns)
