"""Least squares over blocks of rows with dask.array: its TSQR, and its `linalg.lstsq` on top of that."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from backends._augmented import back_substitution
from backends._cost import explicit_qr, passes
from backends._direct import AsItIs, direct_fit, refuse_wide
from backends.base import Array, Cost, Fit, Library, Problem, Suspect, Unsupported, Workload, option


@dataclass(frozen=True, kw_only=True)
class DaskLstsq(AsItIs):
    """Least squares with `dask.array.linalg` on blocks of rows, with a column of ones.

    Dask factorises each block, then the factors one below the other (A. R. Benson, D. F. Gleich, J. Demmel, "Direct QR
    factorizations for tall-and-skinny matrices in MapReduce architectures", IEEE BigData 2013, 264-272). Blocks are
    processed one at a time in this process, so that the only threads are BLAS's. Dask assumes full rank: for dependent
    columns the answer means nothing.

    Attributes
    ----------
    method : {"lstsq", "tsqr"}
        `dask.array.linalg.lstsq`, which keeps all of Q until it has ``Qᵀy``; or `dask.array.linalg.tsqr` of the columns
        and the target, of which only R is needed: it keeps a few blocks at a time.
    block_rows : int
        Rows of a block, at least.
    """

    library: ClassVar[Library] = Library("dask.array", "dask", import_seconds=0.6)
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("method", "tsqr", "factorises the target beside the columns"),
        Suspect("method", "lstsq", "multiplies the target by Q"),
    )

    method: Literal["lstsq", "tsqr"] = "lstsq"
    block_rows: int = option(1 << 16, at_least=1)

    def cost(self, work: Workload) -> Cost:
        """QR of the blocks with their Q, which ``lstsq`` also multiplies by the Q of the stacked factors."""
        blocks = explicit_qr(work, copies=1)
        return blocks if self.method == "tsqr" else blocks + Cost(2.0 * work.n * work.p**2, passes(work, 2))

    def check(self, problem: Problem) -> None:
        """Refuse a penalty, weights, and fewer rows than parameters."""
        super().check(problem)
        n, p = problem.X.shape
        refuse_wide(n, p + problem.intercept, "dask_lstsq", "numpy_lstsq")

    def solve(self, state: Problem) -> Fit:
        """Build the graph and compute it.

        Raises
        ------
        Unsupported
            When the columns are exactly dependent.
        """
        import dask.array as da

        matrix = self._blocks(state)
        if self.method == "lstsq":
            found = da.linalg.lstsq(matrix[:, :-1], matrix[:, -1])[0]
            try:
                params = found.compute(scheduler="synchronous")
            except np.linalg.LinAlgError as error:
                raise Unsupported(f"dask assumes full rank ({error}); use numpy_lstsq") from error
        else:
            R = np.asarray(da.linalg.tsqr(matrix)[1].compute(scheduler="synchronous"), dtype=np.float64)
            params = _solved(R)
        return direct_fit(params, intercept=state.intercept)

    def _blocks(self, problem: Problem) -> Any:
        """The columns, with ones if there is an intercept, and the target, as a Dask array of row blocks."""
        import dask.array as da

        n, width = len(problem.y), problem.X.shape[1] + problem.intercept + 1
        count = max(1, n // max(self.block_rows, width))  # TSQR needs blocks with at least as many rows as columns
        edges = [n * k // count for k in range(count + 1)]
        heights = tuple(b - a for a, b in pairwise(edges))

        def block(block_id: Any = None) -> Array:
            rows = slice(edges[block_id[0]], edges[block_id[0] + 1])
            ones = [np.ones(rows.stop - rows.start, dtype=problem.X.dtype)] if problem.intercept else []
            return np.column_stack([problem.X[rows], *ones, problem.y[rows]])

        empty = np.empty((0, 0), dtype=problem.X.dtype)
        return da.map_blocks(block, chunks=(heights, (width,)), dtype=empty.dtype, meta=empty)


def _solved(R: NDArray[np.float64]) -> NDArray[np.float64]:
    """The parameters from the factor of ``[A y]``."""
    p = R.shape[1] - 1
    if not np.diag(R)[:p].all():
        raise Unsupported("dask assumes full rank, and the columns are dependent; use numpy_lstsq")
    found: NDArray[np.float64] = back_substitution(R[:p, :p], R[:p, p])
    return found
