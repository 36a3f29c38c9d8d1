"""Randomised least squares that is as stable as a direct method: sketch, precondition, refine."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backends._augmented import triangular_factor
from backends._cost import householder_qr, passes
from backends._direct import refuse_wide
from backends._embedding import FEWEST, SIGNS, Add, add_rows, bordered, sketch
from backends._kernels import BoundEmbedding, bind_embedding, machine_code
from backends._parts import blas_threads, one_blas_thread, threads
from backends._preconditioned import UNIT, Preconditioned, refine
from backends.base import Backend, Cost, Device, Fit, Problem, Unsupported, Workload, option

Float64 = NDArray[np.float64]

USUAL_PASSES = 25
"""Passes over the rows for a well-conditioned problem and a sketch of the usual size; otherwise there are fewer."""
NEAREST = 32 * UNIT
"""A column nearer than this to the span of the others, times the root of their number, may depend on them."""


class State(NamedTuple):
    """A problem, and the function that adds its rows to a sketch."""

    problem: Problem
    add: Add


@dataclass(frozen=True, kw_only=True)
class ScratchSketch(Backend[State]):
    """Least squares by a random sketch of the rows and conjugate gradients, refined until it is backward stable.

    A sketch of ``[X 1]``, some ``rows_per_column`` times as many rows as columns, is factored by QR. With its factor,
    conjugate gradients on all rows converge at a rate that does not depend on the condition number; they start at its
    solution. `backends._embedding` and `backends._preconditioned` derive both, and name the papers. The fit has
    converged when the answer is exact for some A within 100 units of roundoff, as with Householder QR. Where there are
    no more rows than the sketch would have, the rows themselves take its place.

    The intercept is a column of ones and nothing is centred: a column far from zero costs digits, as in other methods
    of this kind. l2 is ``sqrt(n*l2) * I`` appended to the sketch as rows. The same seed gives the same bits, for
    any number of threads. Columns that are dependent to working precision are ``unsupported``.

    Attributes
    ----------
    rows_per_column : int
        Rows of the sketch per column. More rows mean fewer passes and a larger QR.
    seed : int
        Seed of the random places and signs.
    """

    takes_l2: ClassVar[bool] = True

    rows_per_column: int = option(12, at_least=2, at_most=1000)
    seed: int = option(0, at_least=0)

    def cost(self, work: Workload) -> Cost:
        """The sketch, its QR, and the passes of a well-conditioned problem."""
        band = self._band(work.p)
        if work.n <= SIGNS * band:
            return householder_qr(work) + _passes(work, 2)
        embedding = Cost(2.0 * SIGNS * work.n * work.p, passes(work, 1))
        return embedding + householder_qr(work._replace(n=SIGNS * band)) + _passes(work, USUAL_PASSES)

    def prepare(self, problem: Problem, device: Device) -> State:
        """Keep the problem as it is, and load the kernel.

        Raises
        ------
        Unsupported
            For fewer rows than parameters.
        """
        n, m = len(problem.y), problem.X.shape[1] + problem.intercept
        if not problem.l2:
            refuse_wide(n, m, "a sketch", "scratch_ols")
        if threads() > 1:
            blas_threads()  # inspects the loaded libraries, once
        return State(problem, bind_embedding(problem) or add_rows)

    def build(self) -> None:
        """Compile the kernels, unless the cache has them."""
        machine_code.load("sketch")

    def made(self) -> bool:
        """Whether the cache has the kernels."""
        return machine_code.made("sketch")

    def versions(self, state: State | list[State]) -> dict[str, str]:
        """The compilers of the kernel, where one is used; for many problems the first one's."""
        add = (state[0] if isinstance(state, list) else state).add
        return {"kernels": add.versions} if isinstance(add, BoundEmbedding) else {}

    def solve(self, state: State) -> Fit:
        """Sketch, factor, iterate, refine.

        Raises
        ------
        Unsupported
            When columns are linearly dependent, or nearly, to within rounding.
        """
        problem = state.problem
        p = problem.X.shape[1]
        with one_blas_thread(), np.errstate(all="ignore"):
            system, first = _factored(problem, self._rows(state))
            x, converged = refine(system, first)
        beta = system.scale * x
        level = float(beta[p]) if problem.intercept else 0.0
        return Fit(beta[:p].copy(), level, converged, iterations=None, rank=len(beta))

    def _band(self, columns: int) -> int:
        return max(FEWEST, -(-self.rows_per_column * columns // SIGNS))

    def _rows(self, state: State) -> Float64:
        problem = state.problem
        band = self._band(problem.X.shape[1] + problem.intercept)
        if len(problem.y) <= SIGNS * band:
            return bordered(problem)
        rows = sketch(problem, band, self.seed, state.add)
        rows /= np.sqrt(SIGNS)
        return rows


def _factored(problem: Problem, rows: Float64) -> tuple[Preconditioned, Float64]:
    """A preconditioner from the rows of a sketch, and the sketch's solution."""
    m, p = rows.shape[1] - 1, problem.X.shape[1]
    penalty = np.zeros((p if problem.l2 else 0, m + 1))
    np.fill_diagonal(penalty, np.sqrt(len(problem.y) * problem.l2))
    factor = triangular_factor(np.vstack([rows, penalty]))[:m]
    R, right = factor[:, :m], factor[:, m]
    scale = np.ldexp(1.0, -np.frexp(np.linalg.norm(R, axis=0))[1])
    R = R * scale
    inverse = _inverse(R)
    if inverse is None:
        raise Unsupported("columns are linearly dependent, or nearly: a sketch cannot tell; use scratch_ols")
    return Preconditioned(problem, scale, R, inverse), inverse @ right


def _inverse(R: Float64) -> Float64 | None:
    """The inverse of a triangular R with columns of lengths near 1; None where one is too near the others."""
    try:
        inverse = np.asarray(np.linalg.inv(R), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None
    distances = 1 / np.linalg.norm(inverse, axis=1)
    return inverse if (distances > NEAREST * np.sqrt(len(R))).all() else None  # also None for NaN


def _passes(work: Workload, count: int) -> Cost:
    return Cost(4.0 * work.n * work.p, passes(work, 1)) * count
